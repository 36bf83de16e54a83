import WireFormat

/// Finds the blocks of an XML scatter, in both shapes.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.5.
struct ScatterXMLParser {
  private let path: String
  private var outline = ScatterOutline()

  private init(path: String) { self.path = path }

  /// Whether an element is the root of an XML scatter.
  static func recognises(_ root: XMLElement) -> Bool { root.isNamed("root") && hasPartition(root) }

  private static func hasPartition(_ element: XMLElement) -> Bool {
    element.isNamed("partition_index") || element.children.contains(where: hasPartition)
  }

  static func parse(_ root: XMLElement, path: String) throws(ScatterError) -> ScatterOutline {
    var parser = ScatterXMLParser(path: path)
    try parser.take(root)
    return parser.outline
  }

  private mutating func take(_ root: XMLElement) throws(ScatterError) {
    for child in root.children {
      switch child.name.lowercased() {
      case "general": general(child)
      case "storage_type": try section(child)
      case "partition_index": try partition(child)
      default: outline.note(child)
      }
    }
  }

  /// The global block: `general/config_version`, with the keys below it, in both shapes.
  private mutating func general(_ element: XMLElement) {
    guard let version = element.children(named: "config_version").first else {
      return add(element.children, toSection: nil)
    }
    let line = version.position.line
    outline.general.add(ScatterField(key: "config_version", value: version["name"] ?? version.trimmedText, line: line))
    add(version.children, toSection: nil)
  }

  private mutating func section(_ element: XMLElement) throws(ScatterError) {
    let line = element.position.line
    let name = ScatterField(key: "storage_type", value: element["name"] ?? "", line: line)
    outline.sections.append(ScatterOutline.Section(storage: name, general: ScatterBlock(line: line)))
    for child in element.children {
      switch child.name.lowercased() {
      case "general":
        for storage in child.children(named: "storage") {
          outline.sections[outline.sections.count - 1].general.add(
            ScatterField(key: "storage", value: storage["name"] ?? "", line: storage.position.line))
          add(storage.children, toSection: outline.sections.count - 1)
        }
      case "partition_index": try partition(child)
      default: break
      }
    }
  }

  private mutating func partition(_ element: XMLElement) throws(ScatterError) {
    let line = element.position.line
    let section = outline.currentSection(line: line)
    guard outline.partitionCount < ScatterFile.maximumPartitionCount else {
      throw ScatterError(.tooManyPartitions(limit: ScatterFile.maximumPartitionCount), path: path, line: line)
    }
    var block = ScatterBlock(line: line)
    for child in element.children { block.add(child.field) }
    outline.sections[section].partitions.append(block)
  }

  private mutating func add(_ elements: [XMLElement], toSection section: Int?) {
    for element in elements {
      if let section {
        outline.sections[section].general.add(element.field)
      } else {
        outline.general.add(element.field)
      }
    }
  }
}

extension ScatterOutline {
  /// A block of a vendor's own, such as `common[name=…]/version_info`: each text in it is a fact to show.
  fileprivate mutating func note(_ element: XMLElement) {
    guard element.children.isEmpty else {
      for child in element.children { note(child) }
      return
    }
    let text = element.trimmedText
    if !text.isEmpty, vendorFacts.count < 256 { vendorFacts.append(Scatter.Setting(element.name, text)) }
  }
}

extension XMLElement {
  /// The text without white space around it.
  var trimmedText: String { DescriptorReader.trim(text) }

  fileprivate var field: ScatterField {
    ScatterField(key: name.lowercased(), value: trimmedText, line: position.line)
  }
}
