/// Writes XML in the narrow form that devices understand: double quotes, self-closed elements, attributes in order.
///
/// ```swift
/// var writer = XMLWriter()
/// writer.declaration()
/// writer.open("data")
/// writer.empty("nop")
/// writer.close("data")   // <?xml version="1.0" encoding="UTF-8" ?><data><nop /></data>
/// ```
public struct XMLWriter: Sendable {
  public private(set) var text = ""

  public init() {}

  public mutating func declaration() { text += "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>" }

  public mutating func open(_ name: String, _ attributes: [XMLAttribute] = []) {
    begin(name, attributes)
    text += ">"
  }

  public mutating func close(_ name: String) { text += "</\(name)>" }

  public mutating func empty(_ name: String, _ attributes: [XMLAttribute] = []) {
    begin(name, attributes)
    text += " />"
  }

  /// Text between tags.
  public mutating func characters(_ content: String) { text += Self.escaped(content) }

  /// A line break, for people: it means nothing inside elements without text.
  public mutating func newline() { text += "\n" }

  /// An element with everything in it.
  public mutating func element(_ element: XMLElement) {
    guard !element.children.isEmpty || !element.text.isEmpty else { return empty(element.name, element.attributes) }
    open(element.name, element.attributes)
    characters(element.text)
    for child in element.children { self.element(child) }
    close(element.name)
  }

  private mutating func begin(_ name: String, _ attributes: [XMLAttribute]) {
    text += "<" + name
    for attribute in attributes { text += " \(attribute.name)=\"\(Self.escaped(attribute.value))\"" }
  }

  /// `text` with everything replaced that would end a value or begin markup, and line breaks kept by number. Control
  /// characters, which XML cannot carry at all, become U+FFFD.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case "\u{0}"..<" ": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
