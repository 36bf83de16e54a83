/// References in text and values: the five that XML defines, and characters by number. Nothing is ever expanded twice.
extension XMLScanner {
  /// The longest reference that is looked for, its `&` and `;` included.
  private static let referenceLimit = 34

  /// The text of a range, references resolved.
  mutating func resolve(_ range: Range<Int>) throws(XMLError) -> String {
    guard bytes[range].contains(UInt8(ascii: "&")) else { return String(decoding: bytes[range], as: UTF8.self) }
    var result: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      guard bytes[index] == UInt8(ascii: "&") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let end = bytes[index..<min(range.upperBound, index + Self.referenceLimit)].firstIndex(of: UInt8(ascii: ";"))
      guard let end, let character = try character(index + 1..<end, at: index) else {
        note(XMLOddity.bareAmpersand, at: index)
        result.append(bytes[index])
        index += 1
        continue
      }
      result.append(contentsOf: character.utf8)
      index = end + 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What a reference stands for; `nil` when it is no reference at all.
  private func character(_ range: Range<Int>, at offset: Int) throws(XMLError) -> String? {
    let word = String(decoding: bytes[range], as: UTF8.self)
    switch word {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    if word.hasPrefix("#") { return try numbered(word.dropFirst(), at: offset) }
    guard let first = bytes[range].first, Self.beginsName(first), bytes[range].allSatisfy({ Self.isName($0) }) else {
      return nil
    }
    throw error(.unknownEntity(word), at: offset)
  }

  private func numbered(_ digits: Substring, at offset: Int) throws(XMLError) -> String {
    let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
    let number = isHexadecimal ? digits.dropFirst() : digits
    let isDigits =
      !number.isEmpty && number.utf8.allSatisfy { isHexadecimal ? $0.isHexDigit : (0x30...0x39).contains($0) }
    guard isDigits, let value = UInt32(number, radix: isHexadecimal ? 16 : 10), value != 0,
      let scalar = Unicode.Scalar(value)
    else { throw error(.invalidCharacterReference(String(digits)), at: offset) }
    return String(Character(scalar))
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
