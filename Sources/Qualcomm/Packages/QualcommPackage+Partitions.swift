public import FlashCore
import FlashImages

extension QualcommPackage {
  /// The partitions that the package's entries name, with or without a file, each where its entries lie: pieces of one
  /// label count as one. `sections` are those of a device, for addresses that depend on their size; entries whose place is
  /// not to be told are left out.
  public func partitions(on sections: StorageMap) -> [Partition] {
    var found: [Key: Range<UInt64>] = [:]
    var order: [Key] = []
    for program in passes.flatMap(\.documents).flatMap(\.file.programs)
    where !program.label.isEmpty && !Self.tables.contains(program.label.lowercased()) {
      let key = Key(section: String(program.area.partition), name: program.label)
      guard let range = range(of: program.area, in: sections[key.section]) else { continue }
      guard let known = found[key] else {
        found[key] = range
        order.append(key)
        continue
      }
      found[key] = min(known.lowerBound, range.lowerBound)..<max(known.upperBound, range.upperBound)
    }
    return order.compactMap { key in
      found[key].map { range in
        Partition(
          name: key.name,
          extent: PlanExtent(
            section: key.section, start: .fromStart(range.lowerBound), length: range.upperBound - range.lowerBound))
      }
    }
  }

  /// Labels of what is no partition but the table of them.
  private static let tables: Set<String> = ["primarygpt", "backupgpt"]

  private struct Key: Hashable {
    var section: String
    var name: String
  }

  private func range(of area: StorageArea, in section: StorageSection?) -> Range<UInt64>? {
    guard let unit = options.sectorByteCount ?? area.sectorByteCount ?? section?.sectorByteCount,
      let start = try? area.start.evaluate(sectors: section?.sectorCount),
      let count = try? area.sectorCount.evaluate(sectors: section?.sectorCount)
    else { return nil }
    let (begin, overflows) = start.multipliedReportingOverflow(by: unit)
    let (length, overflowsToo) = count.multipliedReportingOverflow(by: unit)
    let (end, tooFar) = begin.addingReportingOverflow(length)
    return overflows || overflowsToo || tooFar ? nil : begin..<end
  }
}
