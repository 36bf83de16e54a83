/// Reads back what was written, and what people make of it with an editor: objects, arrays, texts and whole numbers.
extension JSONText {
  /// Values inside each other; more are no file of ours.
  private static let depthLimit = 16

  /// `nil` for anything else, fractions and signs among them.
  init?(parsing bytes: [UInt8]) {
    var reader = Reader(rest: bytes[...])
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    guard reader.rest.isEmpty else { return nil }
    self = value
  }

  /// A member of an object.
  subscript(key: String) -> JSONText? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  var numberValue: UInt64? { if case .number(let number) = self { number } else { nil } }
  var textValue: String? { if case .text(let text) = self { text } else { nil } }
  var elements: [JSONText] { if case .array(let elements) = self { elements } else { [] } }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func skipSpace() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

    mutating func take(_ byte: UInt8) -> Bool {
      skipSpace()
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    }

    mutating func value(depth: Int) -> JSONText? {
      guard depth < JSONText.depthLimit else { return nil }
      skipSpace()
      switch rest.first {
      case UInt8(ascii: "\""): return text().map { .text($0) }
      case UInt8(ascii: "["): return array(depth)
      case UInt8(ascii: "{"): return object(depth)
      default: return number().map { .number($0) }
      }
    }

    private mutating func number() -> UInt64? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest[digits.endIndex...]
      return UInt64(String(decoding: digits, as: UTF8.self))
    }

    private mutating func array(_ depth: Int) -> JSONText? {
      guard take(UInt8(ascii: "[")) else { return nil }
      var elements: [JSONText] = []
      if take(UInt8(ascii: "]")) { return .array([]) }
      repeat {
        guard let element = value(depth: depth + 1) else { return nil }
        elements.append(element)
      } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    private mutating func object(_ depth: Int) -> JSONText? {
      guard take(UInt8(ascii: "{")) else { return nil }
      var members: [(key: String, value: JSONText)] = []
      if take(UInt8(ascii: "}")) { return .object([]) }
      repeat {
        skipSpace()
        guard let key = text(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
        members.append((key, value))
      } while take(UInt8(ascii: ","))
      return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func text() -> String? {
      guard take(UInt8(ascii: "\"")) else { return nil }
      var bytes: [UInt8] = []
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard let scalar = escaped() else { return nil }
          bytes += Array(String(scalar).utf8)
        default: bytes.append(byte)
        }
      }
      return nil
    }

    /// What follows a backslash. Halves of surrogate pairs are no scalars, and nothing of ours has any.
    private mutating func escaped() -> Unicode.Scalar? {
      switch rest.popFirst() {
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "u"):
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
      case let byte?: return Unicode.Scalar(byte)
      case nil: return nil
      }
    }
  }
}
