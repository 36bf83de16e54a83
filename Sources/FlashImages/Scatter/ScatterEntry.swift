/// Reads the keys of one entry. Source: `docs/protocols/mtk-scatter.md` 3.1.
struct ScatterEntry {
  let partition: ScatterPartition
  private(set) var remarks: [ScatterRemark] = []

  /// Longer names than any table has room for.
  static let maximumNameLength = 64

  /// `nil` for a reserved entry without a name, which stands for nothing.
  init?(
    _ block: ScatterBlock, storage: ScatterStorage?, version: ScatterVersion, path: String
  ) throws(ScatterError) {
    var keys = ScatterKeys(block, path: path)
    _ = keys.text("partition_index")
    let name = keys.text("partition_name") ?? ""
    keys.entry = name.isEmpty ? nil : name
    let stated = keys.text("operation_type")
    if name.isEmpty {
      guard stated?.uppercased() == "RESERVED" else {
        throw ScatterError(.missingKey("partition_name"), path: path, line: block.line)
      }
      return nil
    }
    guard name.count <= Self.maximumNameLength else {
      throw ScatterError(.nameTooLong(name, limit: Self.maximumNameLength), path: path, line: block.line)
    }
    let file = keys.text("file_name").flatMap { $0.isEmpty || $0.uppercased() == "NONE" ? nil : $0 }
    let operation = stated.map { ScatterOperation($0) } ?? ScatterOperation(file == nil ? .invisible : .update)
    let (linear, physical) = (try keys.number("linear_start_addr"), try keys.number("physical_start_addr"))
    guard let start = physical ?? linear else {
      throw ScatterError(.missingKey("physical_start_addr"), path: path, line: block.line, entry: name)
    }
    var entry = ScatterPartition(
      name: name, fileName: file, linearStart: linear ?? start, physicalStart: start,
      byteCount: try keys.number("partition_size") ?? 0, region: .none, storage: storage?.key ?? "",
      operation: operation)
    try keys.read(into: &entry, storage: storage)
    partition = entry
    remark(on: storage, version: version, line: block.line)
  }

  private mutating func remark(on storage: ScatterStorage?, version: ScatterVersion, line: Int) {
    var oddities: [ScatterOddity] = []
    if partition.linearStart != partition.physicalStart, !version.hasLinearAddresses {
      oddities.append(.addressesDiffer(linear: partition.linearStart, physical: partition.physicalStart))
    }
    if !partition.type.isKnown { oddities.append(.unknownType(partition.type.text)) }
    if partition.operation.kind == nil { oddities.append(.unknownOperation(partition.operation.text)) }
    if partition.region.sections(on: storage, role: partition.role) == nil {
      oddities.append(.unknownRegion(partition.region.text))
    }
    remarks = oddities.map { ScatterRemark($0, line: line, entry: partition.name) }
  }
}

/// Takes keys out of a block, with errors that say where they stand.
struct ScatterKeys {
  private var block: ScatterBlock
  private let path: String
  /// Whose keys they are, for errors.
  var entry: String?

  init(_ block: ScatterBlock, path: String) {
    self.block = block
    self.path = path
  }

  mutating func text(_ key: String) -> String? { block.take(key)?.value }

  mutating func number(_ key: String) throws(ScatterError) -> UInt64? {
    guard let field = block.take(key) else { return nil }
    guard let number = ScatterValue.number(field.value) else {
      throw ScatterError(.badNumber(key: key, value: field.value), path: path, line: field.line, entry: entry)
    }
    return number
  }

  mutating func flag(_ key: String) throws(ScatterError) -> Bool? {
    guard let field = block.take(key) else { return nil }
    guard let flag = ScatterValue.flag(field.value) else {
      throw ScatterError(.badFlag(key: key, value: field.value), path: path, line: field.line, entry: entry)
    }
    return flag
  }

  /// Everything that has a usual value where it is missing.
  mutating func read(into entry: inout ScatterPartition, storage: ScatterStorage?) throws(ScatterError) {
    entry.isDownload = try flag("is_download") ?? false
    if let type = text("type") { entry.type = ScatterImageType(type) }
    entry.region =
      text("region").flatMap { $0.isEmpty ? nil : ScatterRegion($0) } ?? .usual(entry.role, on: storage)
    if let text = text("storage"), !text.isEmpty { entry.storage = text }
    entry.checksBoundary = try flag("boundary_check") ?? true
    entry.isReserved = try flag("is_reserved") ?? (entry.operation.kind == .reserved)
    entry.cellMode = text("d_type")
    entry.slcPercentage = try number("slc_percentage")
    entry.isUpgradable = try flag("is_upgradable")
    entry.isNeededForEmptyBoot = try flag("empty_boot_needed")
    entry.checksComboSize = try flag("combo_partsize_check")
    entry.reserve = try number("reserve") ?? 0
    entry.settings = rest
  }

  /// What nobody has asked for.
  var rest: [Scatter.Setting] { block.fields.map { Scatter.Setting($0.key, $0.value) } }
}
