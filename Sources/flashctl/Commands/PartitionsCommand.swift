import ArgumentParser
import FlashCore

/// `flashctl partitions`
struct PartitionsCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "partitions", abstract: "List the partitions of a device.",
    discussion: "Nokia Mk II has no partition list; the command says so and exits with 76.")

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader)
    let (sections, tables, partitions) = try await session.run(step: "list partitions") { context in
      let target = context.target
      try await target.prepareStorage()
      let hasMap = target.capabilities.contains(.storage)
      let tables = hasMap ? try await target.partitionTables() : nil
      let partitions = if let tables { tables.partitions } else { try await target.partitions() }
      return (hasMap ? try await target.storage().sections : [], tables, partitions)
    }
    for section in sections { show(section, on: console) }
    if let tables { PartitionTableReport(console: console).show(tables) }
    for line in Self.table(partitions) { console.result(line) }
    for partition in partitions { show(partition, on: console) }
    console.event(
      "result",
      [
        "status": "done", "sections": .integer(Int64(sections.count)),
        "partitions": .integer(Int64(partitions.count)),
      ])
  }

  private func show(_ section: StorageSection, on console: Console) {
    console.event(
      "section",
      [
        "name": .string(section.name), "aliases": .array(section.aliases.map { .string($0) }),
        "kind": .string(section.kind.rawValue), "bytes": section.byteCount.map { .unsigned($0) } ?? .null,
        "sectorSize": .unsigned(section.sectorByteCount),
      ])
  }

  private func show(_ partition: Partition, on console: Console) {
    var start: JSONValue = .null
    if case .fromStart(let offset) = partition.extent.start { start = .unsigned(offset) }
    console.event(
      "partition",
      [
        "name": .string(partition.name), "section": .string(partition.extent.section),
        "extent": .string(partition.extent.description),
        "number": partition.number.map { .integer(Int64($0)) } ?? .null,
        "start": start, "bytes": partition.extent.length.map { .unsigned($0) } ?? .null,
        "type": .optional(partition.type), "protected": .bool(ProtectedPartitions.contains(partition.name)),
      ])
  }

  /// A heading and one line a partition, in columns.
  private static func table(_ partitions: [Partition]) -> [String] {
    guard !partitions.isEmpty else { return ["no partitions"] }
    let rows =
      [["SECTION", "NR", "NAME", "START", "SIZE", ""]]
      + partitions.map { partition in
        var start = "–"
        if case .fromStart(let offset) = partition.extent.start { start = Diagnostic.hex(offset) }
        return [
          partition.extent.section, partition.number.map { "\($0)" } ?? "–", SafeText.line(partition.name), start,
          partition.extent.length.map(Units.bytes) ?? "–",
          ProtectedPartitions.contains(partition.name) ? "protected" : "",
        ]
      }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
      return String(cells.joined(separator: "  ").trimmingSuffix(while: { $0 == " " }))
    }
  }
}
