/// Keys and values as they are written, in the generators' order.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.3.
enum ScatterRows {
  typealias Row = (key: String, value: String)

  /// The global block, the version first. In files of one storage its keys stand here too.
  static func global(of scatter: Scatter) throws(ScatterWriteError) -> [Row] {
    var rows: [Row] = [
      ("config_version", scatter.version?.text ?? ScatterVersion.v112.text), ("platform", scatter.platform),
      ("project", scatter.project),
    ]
    if !scatter.hasSections {
      guard scatter.layouts.count == 1, let layout = scatter.layouts.first else {
        throw .severalStorages(scatter.layouts.compactMap(\.storage))
      }
      guard let storage = layout.storage else { throw .noStorage }
      rows.append(("storage", storage.rawValue))
      rows += self.storage(of: layout)
    }
    return rows + scatter.settings.map { ($0.key, $0.value) }
  }

  /// What is said of a storage beside its name.
  static func storage(of layout: ScatterLayout) -> [Row] {
    [("boot_channel", layout.bootChannel), ("block_size", hex(layout.blockByteCount))]
  }

  static func keys(of partition: ScatterPartition) -> [Row] {
    var rows: [Row] = [
      ("partition_name", partition.name), ("file_name", partition.fileName ?? "NONE"),
      ("is_download", flag(partition.isDownload)), ("type", partition.type.text),
      ("linear_start_addr", linear(partition)), ("physical_start_addr", address(partition.physicalStart, partition)),
      ("partition_size", hex(partition.byteCount)), ("region", partition.region.text),
      ("storage", partition.storage), ("boundary_check", flag(partition.checksBoundary)),
      ("is_reserved", flag(partition.isReserved)), ("operation_type", partition.operation.text),
    ]
    if let mode = partition.cellMode { rows.append(("d_type", mode)) }
    if let share = partition.slcPercentage { rows.append(("slc_percentage", "\(share)")) }
    if let isUpgradable = partition.isUpgradable { rows.append(("is_upgradable", flag(isUpgradable))) }
    if let isNeeded = partition.isNeededForEmptyBoot { rows.append(("empty_boot_needed", flag(isNeeded))) }
    if let checks = partition.checksComboSize { rows.append(("combo_partsize_check", flag(checks))) }
    rows.append(
      ("reserve", partition.reserve < 16 ? "0x0" + String(partition.reserve, radix: 16) : hex(partition.reserve)))
    return rows + partition.settings.map { ($0.key, $0.value) }
  }

  static func linear(_ partition: ScatterPartition) -> String { address(partition.linearStart, partition) }

  /// Placeholders have their first half in capitals, as generators write them.
  private static func address(_ value: UInt64, _ partition: ScatterPartition) -> String {
    guard partition.isPlaceholder, (0xFFFF_0000...0xFFFF_FFFF).contains(value) else { return hex(value) }
    let digits = String(value & 0xFFFF, radix: 16)
    return "0xFFFF" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  private static func flag(_ flag: Bool) -> String { flag ? "true" : "false" }

  static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  // MARK: What can be written

  /// Values have come through a device or XML: line breaks in them would become keys, and blanks at an end get lost.
  static func requireWritable(_ scatter: Scatter) throws(ScatterWriteError) {
    try require(
      [("config_version", scatter.version?.text ?? ""), ("platform", scatter.platform), ("project", scatter.project)]
        + scatter.settings.map { ($0.key, $0.value) }, of: nil)
    for layout in scatter.layouts {
      try require([("boot_channel", layout.bootChannel)], of: nil)
      for partition in layout.partitions { try require(keys(of: partition), of: partition.name) }
    }
  }

  private static func require(_ rows: [Row], of entry: String?) throws(ScatterWriteError) {
    for row in rows {
      guard isKey(row.key), isValue(row.value) else { throw .unwritable(entry: entry, key: row.key) }
    }
  }

  /// Words of the syntax itself would not be read as keys.
  private static func isKey(_ key: String) -> Bool {
    guard (1...64).contains(key.utf8.count), key != "info", key != "description" else { return false }
    let isWord = key.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    return isWord && !(0x30...0x39).contains(key.utf8.first ?? 0)
  }

  private static func isValue(_ value: String) -> Bool {
    value.utf8.count <= 1024 && value.unicodeScalars.allSatisfy { !$0.properties.isControl } && !hasBlankAtEnd(value)
  }

  private static func hasBlankAtEnd(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
    return first.properties.isWhitespace || last.properties.isWhitespace
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool {
    switch generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }
}
