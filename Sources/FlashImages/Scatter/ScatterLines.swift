/// A text cut into lines: LF, CR LF and CR end one, and may be mixed.
///
/// Source: the lexical rules of `docs/protocols/mtk-scatter.md` 2.
struct ScatterLines {
  struct Line: Equatable {
    /// From 1.
    var number: Int
    /// Without blanks around it; tabs are blanks.
    var text: String
  }

  let lines: [Line]

  /// `nil` for what is no text: UTF-16 that is broken. Bytes that are no UTF-8 become U+FFFD.
  init?(_ bytes: [UInt8]) {
    guard let text = Self.utf8(bytes) else { return nil }
    var lines: [Line] = []
    var start = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      guard byte == 0x0A || byte == 0x0D else {
        index += 1
        continue
      }
      lines.append(Line(number: lines.count + 1, text: Self.trim(text[start..<index])))
      index += byte == 0x0D && index + 1 < text.count && text[index + 1] == 0x0A ? 2 : 1
      start = index
    }
    if start < text.count { lines.append(Line(number: lines.count + 1, text: Self.trim(text[start...]))) }
    self.lines = lines
  }

  /// Lines with something in them that is no comment.
  var significant: [Line] { lines.filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") } }

  /// Without its mark; UTF-16 with one becomes UTF-8.
  private static func utf8(_ bytes: [UInt8]) -> [UInt8]? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
    let isBigEndian = bytes.starts(with: [0xFE, 0xFF])
    guard isBigEndian || bytes.starts(with: [0xFF, 0xFE]) else { return bytes }
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let units = stride(from: 2, to: bytes.count, by: 2).map { index -> UInt16 in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private static func trim(_ bytes: ArraySlice<UInt8>) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0B || byte == 0x0C }
    var slice = bytes
    while let first = slice.first, isBlank(first) { slice.removeFirst() }
    while let last = slice.last, isBlank(last) { slice.removeLast() }
    return String(decoding: slice, as: UTF8.self)
  }
}

/// Values as scatter files write them.
enum ScatterValue {
  /// `0x` and hexadecimal digits with any number of leading zeros, or decimal digits; `nil` for anything else.
  static func number(_ text: some StringProtocol) -> UInt64? {
    let bytes = Array(text.utf8)
    let isHexadecimal = bytes.count > 2 && bytes[0] == 0x30 && (bytes[1] | 0x20) == UInt8(ascii: "x")
    let digits = isHexadecimal ? bytes[2...] : bytes[...]
    guard !digits.isEmpty, digits.allSatisfy({ isHexadecimal ? $0.nibble != nil : (0x30...0x39).contains($0) }) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10)
  }

  /// `true`, `false` and the other words that generators write, in any case; `nil` for anything else.
  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "1", "yes", "y": true
    case "false", "0", "no", "n": false
    default: nil
    }
  }
}
