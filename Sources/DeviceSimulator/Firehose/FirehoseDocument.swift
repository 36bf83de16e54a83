/// The documents that a programmer sends, in the captured shape. Source: `docs/protocols/firehose.md` 1.1.
enum FirehoseDocument {
  /// The longest that is sent in one piece: a packet of 512 bytes is not full.
  static let maximumByteCount = 511

  private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data>\n"
  private static let tail = " /></data>"

  /// A document with one element; attributes in order.
  static func element(_ name: String, _ attributes: [(name: String, value: String)]) -> [UInt8] {
    let text = attributes.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
    return Array((head + "<" + name + text + tail).utf8)
  }

  static func log(_ text: String) -> [UInt8] { element("log", [("value", text)]) }

  /// A log with bytes as they are, which may not be XML.
  static func rawLog(_ bytes: [UInt8]) -> [UInt8] {
    Array((head + "<log value=\"").utf8) + bytes + Array(("\"" + tail).utf8)
  }

  /// One log, or several where the text is too long for one document.
  static func logs(_ text: String) -> [[UInt8]] {
    let room = maximumByteCount - log("").count
    var pieces: [String] = [""]
    var used = 0
    for character in text.unicodeScalars {
      let count = escaped(String(character)).utf8.count
      if used + count > room {
        pieces.append("")
        used = 0
      }
      pieces[pieces.count - 1].unicodeScalars.append(character)
      used += count
    }
    return pieces.map(log)
  }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x26 || $0 == 0x3C || $0 == 0x3E }) else {
      return text
    }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // What a host has sent is shown as far as XML can carry it.
      case "\u{0}"..<" ": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
