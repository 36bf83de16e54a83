/// A key with its value, and where it stands.
struct ScatterField: Equatable {
  /// In lower case.
  var key: String
  var value: String
  var line: Int
}

/// Keys that belong together.
struct ScatterBlock: Equatable {
  /// Where it begins.
  var line = 1
  private(set) var fields: [ScatterField] = []
  /// Keys that came again; the first one counts.
  private(set) var repeated: [ScatterField] = []
  private var keys: Set<String> = []

  init(line: Int = 1) { self.line = line }

  mutating func add(_ field: ScatterField) {
    if keys.insert(field.key).inserted { fields.append(field) } else { repeated.append(field) }
  }

  /// Takes a key out.
  mutating func take(_ key: String) -> ScatterField? {
    guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
    return fields.remove(at: index)
  }
}

/// What a scatter file of text or XML consists of, before its values are looked at.
struct ScatterOutline: Equatable {
  struct Section: Equatable {
    /// The value of `storage_type`; `nil` in files of one storage.
    var storage: ScatterField?
    var general: ScatterBlock
    var partitions: [ScatterBlock] = []
  }

  var general = ScatterBlock()
  var sections: [Section] = []
  var remarks: [ScatterRemark] = []
  /// What a vendor has put beside the blocks that the format knows.
  var vendorFacts: [Scatter.Setting] = []

  /// The section that partitions go to, made when there is none.
  mutating func currentSection(line: Int) -> Int {
    if sections.isEmpty { sections.append(Section(storage: nil, general: ScatterBlock(line: line))) }
    return sections.count - 1
  }

  var partitionCount: Int { sections.reduce(0) { $0 + $1.partitions.count } }
}
