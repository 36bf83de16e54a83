public import WireFormat

/// Writes Firehose documents, in the host's style and in the device's.
public enum FirehoseDocument {
  /// A host's document: declaration, line break, `<data>`, the element closed at once, `</data>`, line break. Source:
  /// `docs/protocols/firehose.md` 6.
  public static func bytes(of element: XMLElement) -> [UInt8] {
    Array("<?xml version=\"1.0\"?>\n<data>\(text(of: element, end: "/>"))</data>\n".utf8)
  }

  /// A device's document in the captured shape, which has no line break at its end. Source: `docs/protocols/firehose.md`
  /// 1.1.
  public static func deviceBytes(of element: XMLElement) -> [UInt8] {
    Array("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data>\n\(text(of: element, end: " />"))</data>".utf8)
  }

  private static func text(of element: XMLElement, end: String) -> String {
    var text = "<" + element.name
    for attribute in element.attributes { text += " \(attribute.name)=\"\(escaped(attribute.value))\"" }
    return text + end
  }

  /// `&amp;`, `&lt;`, `&gt;` and `&quot;`, which programmers understand; control characters, which mean nothing to them,
  /// become spaces.
  public static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\u{0}"..<" ": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
