/// Cuts scatter text of V1.x and V2.x into its blocks, line by line: indentation means nothing.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.3 and 2.4.
struct ScatterTextParser {
  private enum Place: Equatable {
    case global
    case section
    case partition
  }

  private let path: String
  private let isStrict: Bool
  private var outline = ScatterOutline()
  private var place = Place.global

  private init(path: String, isStrict: Bool) {
    self.path = path
    self.isStrict = isStrict
  }

  /// Whether a text is of this kind.
  static func recognises(_ lines: [ScatterLines.Line]) -> Bool {
    lines.contains { line in
      guard let field = field(line), field.isItem else { return false }
      return ["general", "storage_type", "partition_index"].contains(field.key)
    }
  }

  static func parse(
    _ lines: [ScatterLines.Line], path: String, isStrict: Bool
  ) throws(ScatterError) -> ScatterOutline {
    var parser = ScatterTextParser(path: path, isStrict: isStrict)
    for line in lines { try parser.take(line) }
    return parser.outline
  }

  private mutating func take(_ line: ScatterLines.Line) throws(ScatterError) {
    guard let field = Self.field(line) else {
      guard !isStrict else { throw ScatterError(.unknownLine(line.text), path: path, line: line.number) }
      // A file of nonsense would have thousands.
      if outline.remarks.count < 1024 {
        outline.remarks.append(ScatterRemark(.unknownLine(line.text), line: line.number))
      }
      return
    }
    switch (field.key, field.isItem) {
    case ("general", true):
      place = outline.sections.isEmpty || outline.sections.last?.storage == nil ? .global : .section
    case ("storage_type", true):
      let name = ScatterField(key: "storage_type", value: field.value, line: line.number)
      outline.sections.append(ScatterOutline.Section(storage: name, general: ScatterBlock(line: line.number)))
      place = .section
    case ("partition_index", true):
      let section = outline.currentSection(line: line.number)
      guard outline.partitionCount < ScatterFile.maximumPartitionCount else {
        throw ScatterError(.tooManyPartitions(limit: ScatterFile.maximumPartitionCount), path: path, line: line.number)
      }
      outline.sections[section].partitions.append(ScatterBlock(line: line.number))
      place = .partition
    case ("info", false), ("description", false): break
    default: add(ScatterField(key: field.key, value: field.value, line: line.number))
    }
  }

  private mutating func add(_ field: ScatterField) {
    guard let section = outline.sections.indices.last, place != .global else { return outline.general.add(field) }
    guard place == .partition, let last = outline.sections[section].partitions.indices.last else {
      return outline.sections[section].general.add(field)
    }
    outline.sections[section].partitions[last].add(field)
  }

  /// `key: value`, perhaps with `- ` in front; `nil` for anything else.
  private static func field(_ line: ScatterLines.Line) -> (key: String, value: String, isItem: Bool)? {
    var text = line.text[...]
    let isItem = text.hasPrefix("- ") || text.hasPrefix("-\t")
    if isItem { text = text.dropFirst(2).drop { $0 == " " || $0 == "\t" } }
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let key = text[..<colon].lowercased()
    let isName =
      !key.isEmpty && key.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    guard isName else { return nil }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    return (key, String(value), isItem)
  }
}
