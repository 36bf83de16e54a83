import FlashCore

/// Partitions of a device beside those that a package names, one row for each.
struct PartitionComparison {
  struct Row: Equatable {
    var section: String
    var name: String
    var onDevice: Range<UInt64>?
    var inPackage: Range<UInt64>?

    /// What a package gives no length fills the rest of the storage: its patches say how much that is.
    var isSame: Bool {
      guard let onDevice, let inPackage, inPackage.isEmpty else { return onDevice == inPackage }
      return onDevice.lowerBound == inPackage.lowerBound
    }

    var words: String {
      switch (onDevice, inPackage) {
      case (nil, _): "only in the package"
      case (_, nil): "only on the device"
      default: isSame ? "same" : "different"
      }
    }
  }

  let rows: [Row]

  /// Names are compared without regard to case, as labels are chosen by.
  init(device: [Partition], package: [Partition]) {
    var rows = device.map {
      Row(section: $0.extent.section, name: $0.name, onDevice: Self.range($0), inPackage: nil)
    }
    for partition in package {
      let index = rows.firstIndex {
        $0.section == partition.extent.section && $0.name.lowercased() == partition.name.lowercased()
          && $0.inPackage == nil
      }
      if let index {
        rows[index].inPackage = Self.range(partition)
      } else {
        rows.append(
          Row(
            section: partition.extent.section, name: partition.name, onDevice: nil, inPackage: Self.range(partition)))
      }
    }
    self.rows = rows
  }

  private static func range(_ partition: Partition) -> Range<UInt64>? {
    guard case .fromStart(let start) = partition.extent.start else { return nil }
    let (end, overflows) = start.addingReportingOverflow(partition.extent.length ?? 0)
    return overflows ? nil : start..<end
  }

  /// A heading and one line a partition, in columns.
  var table: [String] {
    TextTable.lines(
      [["SECTION", "NAME", "DEVICE", "PACKAGE", ""]]
        + rows.map {
          [$0.section, SafeText.line($0.name), Self.text($0.onDevice), Self.text($0.inPackage, isOpen: true), $0.words]
        })
  }

  private static func text(_ range: Range<UInt64>?, isOpen: Bool = false) -> String {
    guard let range else { return "–" }
    if isOpen, range.isEmpty { return Diagnostic.hex(range.lowerBound) + "+rest" }
    return Diagnostic.hex(range.lowerBound) + "+" + Diagnostic.hex(range.upperBound - range.lowerBound)
  }

  func show(on console: Console) {
    for line in table { console.result(line) }
    for row in rows {
      console.event(
        "comparison",
        [
          "section": .string(row.section), "name": .string(row.name), "device": Self.json(row.onDevice),
          "package": Self.json(row.inPackage), "same": .bool(row.isSame),
        ])
    }
  }

  private static func json(_ range: Range<UInt64>?) -> JSONValue {
    guard let range else { return .null }
    return ["start": .unsigned(range.lowerBound), "bytes": .unsigned(range.upperBound - range.lowerBound)]
  }
}
