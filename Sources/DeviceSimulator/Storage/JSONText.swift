/// Just enough JSON to describe what is stored: objects and arrays of text and whole numbers, indented for people.
indirect enum JSONText {
  case text(String)
  case number(UInt64)
  case array([JSONText])
  /// In the order given.
  case object([(key: String, value: JSONText)])

  /// The document, ending with a line feed.
  var document: String { render(indent: "") + "\n" }

  private func render(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let number): return "\(number)"
    case .array(let elements) where elements.isEmpty: return "[]"
    case .array(let elements):
      return "[\n" + elements.map { inner + $0.render(indent: inner) }.joined(separator: ",\n") + "\n" + indent + "]"
    case .object(let members):
      let lines = members.map { inner + Self.quoted($0.key) + ": " + $0.value.render(indent: inner) }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
