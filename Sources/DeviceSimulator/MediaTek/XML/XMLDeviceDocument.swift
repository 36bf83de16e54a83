import WireFormat

/// Documents as agents write them: one line, every element closed by its name, no entities.
struct XMLDeviceDocument {
  var isPretty = false
  var isBroken = false

  static let declaration = #"<?xml version="1.0" encoding="utf-8"?>"#

  /// What the agent asks of its host, or tells it: with NUL.
  func request(_ command: String, _ arguments: KeyValuePairs<String, String> = [:]) -> [UInt8] {
    var children = [XMLElement("version", text: "1.0"), XMLElement("command", text: "CMD:" + command)]
    if !arguments.isEmpty {
      children.append(XMLElement("arg", children: arguments.map { XMLElement($0.key, text: $0.value) }))
    }
    return text(XMLElement("host", children: children)) + [0]
  }

  /// A result, without NUL.
  func text(_ root: XMLElement) -> [UInt8] {
    var text = Self.declaration + (isPretty ? "\n" : "") + body(root, depth: 0)
    if isBroken {
      for (right, wrong) in Self.mistakes { text = Self.replace(right, by: wrong, in: text) }
    }
    return Array(text.utf8)
  }

  private func body(_ element: XMLElement, depth: Int) -> String {
    let indent = isPretty ? String(repeating: "  ", count: depth) : ""
    var text = indent + "<" + element.name
    for attribute in element.attributes { text += " " + attribute.name + "=\"" + attribute.value + "\"" }
    text += ">" + element.text
    if isPretty, !element.children.isEmpty { text += "\n" }
    for child in element.children { text += body(child, depth: depth + 1) }
    if isPretty, !element.children.isEmpty { text += indent }
    return text + "</" + element.name + ">" + (isPretty ? "\n" : "")
  }

  /// Mistakes that real agents and their documentation make (section 14).
  private static let mistakes: [(String, String)] = [
    ("</arg>", "<arg>"), ("</info>", "</target_info>"), ("<checksum>", "<\"checksum>"),
    ("<lua3_size>", "<lua3_size\">"),
    ("encoding=\"utf-8\"", "encoding=“utf-8”"), ("</storage>", "</storge>"), ("key=\"DA.SLA\"", "key=DA.SLA"),
  ]

  private static func replace(_ part: String, by other: String, in text: String) -> String {
    text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
