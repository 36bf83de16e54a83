/// Makes a scatter of the blocks of a file: reads the values, fills in what is missing, and says what is odd.
struct ScatterAssembly {
  let path: String
  let isStrict: Bool
  private(set) var remarks: [ScatterRemark] = []
  /// Where the entries that are left stand, by layout.
  private(set) var lines: [[Int]] = []

  init(path: String, isStrict: Bool) {
    self.path = path
    self.isStrict = isStrict
  }

  mutating func assemble(_ outline: ScatterOutline) throws(ScatterError) -> Scatter {
    remarks = outline.remarks
    var general = outline.general
    noteRepeated(general)
    let version = self.version(general.take("config_version"), isSectioned: outline.sections.first?.storage != nil)
    let platform = general.take("platform")?.value ?? ""
    let project = general.take("project")?.value ?? ""
    var layouts: [ScatterLayout] = []
    for section in outline.sections {
      var block = section.general
      noteRepeated(block)
      // In files of one storage its keys stand among the global ones.
      if section.storage == nil {
        for key in ["storage", "boot_channel", "block_size"] {
          if let field = general.take(key) { block.add(field) }
        }
      }
      layouts.append(try layout(section, &block, version: version))
    }
    guard layouts.contains(where: { !$0.partitions.isEmpty }) else { throw ScatterError(.noPartitions, path: path) }
    return Scatter(
      version: version, platform: platform, project: project,
      settings: general.fields.map { Scatter.Setting($0.key, $0.value) }, layouts: layouts)
  }

  private mutating func noteRepeated(_ block: ScatterBlock, entry: String? = nil) {
    for field in block.repeated.prefix(64) {
      remarks.append(ScatterRemark(.repeatedKey(field.key), line: field.line, entry: entry))
    }
  }

  private mutating func version(_ field: ScatterField?, isSectioned: Bool) -> ScatterVersion {
    let usual: ScatterVersion = isSectioned ? .v210 : .v112
    guard let field, !field.value.isEmpty else {
      remarks.append(ScatterRemark(.unknownVersion(nil, readAs: usual)))
      return usual
    }
    let version = ScatterVersion(field.value)
    if !version.isKnown {
      let readAs: ScatterVersion = version.hasStorageSections ? .v210 : .v112
      remarks.append(ScatterRemark(.unknownVersion(field.value, readAs: readAs), line: field.line))
    }
    return version
  }

  // MARK: Layouts

  private mutating func layout(
    _ section: ScatterOutline.Section, _ block: inout ScatterBlock, version: ScatterVersion
  ) throws(ScatterError) -> ScatterLayout {
    let storage = self.storage(section, block)
    var size = storage?.usualBlockByteCount ?? 0x20000
    if let field = block.take("block_size") {
      let stated = try number(field, entry: nil)
      if (1...1 << 30).contains(stated) {
        size = stated
      } else {
        remarks.append(ScatterRemark(.badBlockSize(stated), line: field.line))
      }
    }
    var layout = ScatterLayout(
      storage: storage, bootChannel: block.take("boot_channel")?.value ?? "", blockByteCount: size, partitions: [])
    var seen: [String: ScatterPartition] = [:]
    var places: [Int] = []
    var repeats = 0
    for partition in section.partitions {
      guard let entry = try ScatterEntry(partition, storage: storage, version: version, path: path) else {
        remarks.append(ScatterRemark(.emptyEntry, line: partition.line))
        continue
      }
      if let earlier = seen[entry.partition.name] {
        repeats += 1
        guard earlier != entry.partition else { continue }
        try contradiction(entry.partition.name, line: partition.line)
        continue
      }
      noteRepeated(partition, entry: entry.partition.name)
      remarks += entry.remarks
      seen[entry.partition.name] = entry.partition
      layout.partitions.append(entry.partition)
      places.append(partition.line)
    }
    if repeats > 0 { remarks.append(ScatterRemark(.repeatedEntries(repeats), line: section.storage?.line)) }
    lines.append(places)
    return layout
  }

  private mutating func contradiction(_ name: String, line: Int) throws(ScatterError) {
    guard !isStrict else { throw ScatterError(.contradiction, path: path, line: line, entry: name) }
    remarks.append(ScatterRemark(.contradiction, line: line, entry: name))
  }

  /// From the section, else the global block, else the first entry that says it, else eMMC.
  private mutating func storage(_ section: ScatterOutline.Section, _ block: ScatterBlock) -> ScatterStorage? {
    let fields =
      [section.storage, block.fields.first { $0.key == "storage" }]
      + section.partitions.prefix(1).map { $0.fields.first { $0.key == "storage" } }
    for field in fields {
      guard let field, !field.value.isEmpty else { continue }
      let storage = ScatterStorage(parsing: field.value)
      if storage == nil { remarks.append(ScatterRemark(.unknownStorage(field.value), line: field.line)) }
      return storage
    }
    remarks.append(ScatterRemark(.assumedStorage(.emmc)))
    return .emmc
  }

  private func number(_ field: ScatterField, entry: String?) throws(ScatterError) -> UInt64 {
    guard let number = ScatterValue.number(field.value) else {
      throw ScatterError(
        .badNumber(key: field.key, value: field.value), path: path, line: field.line, entry: entry)
    }
    return number
  }
}
