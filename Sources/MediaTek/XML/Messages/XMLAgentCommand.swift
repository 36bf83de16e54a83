public import WireFormat

/// A command for an XML agent: a document `<da>` with the command's name, and its arguments in order.
///
/// Source: `docs/protocols/mtk-xml.md` 3.3 and 7.
public struct XMLAgentCommand: Equatable, Sendable {
  /// Without `CMD:`: `READ-FLASH`.
  public var name: String
  /// Of the document: 1.0, 1.1, 2.0.
  public var version: String
  public var arguments: [XMLElement]
  /// What SET-RUNTIME-PARAMETER has beside its arguments.
  public var advanced: [XMLElement]
  /// Whether the agent may work for minutes between two messages: it unpacks, erases or updates.
  public var isPatient = false

  public init(_ name: String, version: String = "1.0", _ arguments: [XMLElement] = [], advanced: [XMLElement] = []) {
    self.name = name
    self.version = version
    self.arguments = arguments
    self.advanced = advanced
  }

  init(_ name: String, version: String = "1.0", _ arguments: KeyValuePairs<String, String>) {
    self.init(name, version: version, arguments.map { XMLElement($0.key, text: $0.value) })
  }

  func patient() -> XMLAgentCommand {
    var copy = self
    copy.isPatient = true
    return copy
  }

  /// The text of an argument.
  public subscript(_ name: String) -> String? { arguments.first { $0.name == name }?.text }

  /// The file that the agent is told to ask for, or to hand out.
  public var sourceFile: String? { self["source_file"] }
  public var targetFile: String? { self["target_file"] }

  /// As it is sent, the NUL at its end included.
  public var payload: [UInt8] {
    var text = #"<?xml version="1.0" encoding="utf-8"?><da><version>"# + version + "</version><command>CMD:" + name
    text += "</command>"
    if !arguments.isEmpty { text += Self.text(XMLElement("arg", children: arguments)) }
    if !advanced.isEmpty { text += Self.text(XMLElement("adv", children: advanced)) }
    return Array((text + "</da>").utf8) + [0]
  }

  /// On one line, every element with its closing tag: the agents' parsers know no other form.
  private static func text(_ element: XMLElement) -> String {
    var text = "<" + element.name
    for attribute in element.attributes {
      text += " " + attribute.name + "=\"" + XMLWriter.escaped(attribute.value) + "\""
    }
    text += ">" + XMLWriter.escaped(element.text)
    for child in element.children { text += Self.text(child) }
    return text + "</" + element.name + ">"
  }

  /// How hosts call data that are no file: `MEM://0x0:0x200`.
  public static func memory(_ byteCount: UInt64) -> String { "MEM://0x0:" + XMLAgentNumber.text(byteCount) }

  /// The most that a result document may have, and what is asked for.
  static let documentByteCount: UInt64 = 0x20_0000
}
