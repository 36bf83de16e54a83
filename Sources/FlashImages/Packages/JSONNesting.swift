/// How deep lists and objects of a JSON text lie inside each other, found out before a decoder goes there.
enum JSONNesting {
  /// Deeper than any file of a package goes.
  static let limit = 64

  /// Whether the text opens more than `limit` lists and objects at once.
  static func isExceeded(by text: [UInt8]) -> Bool {
    var depth = 0
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        if depth > limit { return true }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return false
  }

  /// What is said of such a text.
  static let term = "lists and objects lie more than \(limit) deep inside each other"
}
