import Glibc

/// Cuts a text into tags and text, from front to back.
struct XMLScanner {
  enum Token: Equatable {
    /// A start tag; `isEmpty` for `<a/>`.
    case start(XMLElement, isEmpty: Bool)
    case end(String, at: XMLPosition)
    /// Text inside an element, references resolved.
    case text(String, at: XMLPosition)
  }

  private(set) var oddities: [XMLOddity] = []
  let limits: XMLLimits
  let bytes: [UInt8]
  var offset = 0
  private var depth = 0
  private var line = 1
  private var lineStart = 0
  /// The offset up to which lines are counted.
  private var counted = 0
  private var hasStrayText = false

  /// Odd things that are reported; a file of garbage would have thousands.
  private static let oddityLimit = 64

  init(_ bytes: [UInt8], limits: XMLLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// Where the scanner stands.
  var position: XMLPosition {
    mutating get { position(of: offset) }
  }

  /// Counts lines up to `target`, which never lies before one that has been asked for by much.
  mutating func position(of target: Int) -> XMLPosition {
    if target < counted {
      (line, lineStart, counted) = (1, 0, 0)
    }
    let end = min(target, bytes.count)
    while let feed = index(of: 0x0A, in: counted..<max(counted, end)) {
      line += 1
      lineStart = feed + 1
      counted = feed + 1
    }
    counted = max(counted, end)
    return XMLPosition(offset: target, line: line, column: target - lineStart + 1)
  }

  /// Where a byte stands first in a range. Files may hold megabytes of comment or text: this is the loop that passes them.
  private func index(of byte: UInt8, in range: Range<Int>) -> Int? {
    unsafe bytes.withUnsafeBytes { buffer -> Int? in
      let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[range])
      guard let base = part.baseAddress, let found = unsafe memchr(base, Int32(byte), part.count) else { return nil }
      return unsafe range.lowerBound + (UnsafeRawPointer(found) - base)
    }
  }

  /// The next token; `nil` at the end.
  mutating func next() throws(XMLError) -> Token? {
    while offset < bytes.count {
      guard depth > 0 else {
        skipToMarkup()
        if offset >= bytes.count { return nil }
        if let token = try markup() { return token }
        continue
      }
      if bytes[offset] != UInt8(ascii: "<") { return try text() }
      if let token = try markup() { return token }
    }
    return nil
  }

  /// Outside of elements everything that begins no markup is skipped: white space silently, the rest as an oddity.
  private mutating func skipToMarkup() {
    while offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "<"), offset + 1 < bytes.count {
        let next = bytes[offset + 1]
        if next == UInt8(ascii: "?") || next == UInt8(ascii: "!") || next == UInt8(ascii: "/") || Self.beginsName(next)
        {
          return
        }
      }
      if !Self.isSpace(bytes[offset]), !hasStrayText {
        hasStrayText = true
        note(XMLOddity.strayText, at: offset)
      }
      offset += 1
    }
  }

  /// The oddity is made only while it is wanted: counting lines back and forth would cost much in a hostile file.
  mutating func note(_ oddity: (XMLPosition) -> XMLOddity, at offset: Int) {
    if oddities.count < Self.oddityLimit { oddities.append(oddity(position(of: offset))) }
  }

  func error(_ problem: XMLProblem, at offset: Int? = nil) -> XMLError {
    var copy = self
    return XMLError(problem, at: copy.position(of: offset ?? self.offset))
  }

  /// Whether `text` stands at the current offset.
  func stands(_ text: StaticString, at offset: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - offset >= count else { return false }
    return (0..<count).allSatisfy { unsafe bytes[offset + $0] == text.utf8Start[$0] }
  }

  /// What begins with `<`; `nil` for what means nothing (comments, instructions).
  private mutating func markup() throws(XMLError) -> Token? {
    let start = offset
    if stands("<!--", at: offset) {
      try skip(past: "-->", from: offset + 4, inside: "comment")
      return nil
    }
    if stands("<![CDATA[", at: offset) { return try characterData(from: start) }
    if stands("<!", at: offset) {
      let word = bytes[(offset + 2)...].prefix(16).prefix { Self.isName($0) }
      throw error(.forbiddenDeclaration(String(decoding: word, as: UTF8.self)))
    }
    if stands("<?", at: offset) {
      if stands("<?xml", at: offset), start > 0 { note(XMLOddity.lateDeclaration, at: offset) }
      try skip(past: "?>", from: offset + 2, inside: "processing instruction")
      return nil
    }
    if stands("</", at: offset) { return try endTag() }
    return try startTag()
  }

  private mutating func skip(past end: StaticString, from start: Int, inside name: String) throws(XMLError) {
    // All of them end with the same byte, which is rare enough to be looked for alone.
    let count = end.utf8CodeUnitCount
    var place = min(start + count - 1, bytes.count)
    while let last = index(of: UInt8(ascii: ">"), in: place..<bytes.count) {
      if stands(end, at: last + 1 - count) {
        offset = last + 1
        return
      }
      place = last + 1
    }
    throw error(.unexpectedEnd(inside: name))
  }

  private mutating func characterData(from start: Int) throws(XMLError) -> Token? {
    try skip(past: "]]>", from: start + 9, inside: "CDATA")
    guard depth > 0 else {
      note(XMLOddity.strayText, at: start)
      return nil
    }
    return .text(String(decoding: bytes[(start + 9)..<(offset - 3)], as: UTF8.self), at: position(of: start))
  }

  private mutating func text() throws(XMLError) -> Token {
    let start = offset
    offset = index(of: UInt8(ascii: "<"), in: start..<bytes.count) ?? bytes.count
    guard offset - start <= limits.valueByteCount else { throw error(.limitExceeded("valueByteCount"), at: start) }
    let position = position(of: start)
    return .text(try resolve(start..<offset), at: position)
  }

  /// `nil` for an end tag outside of elements: `</xml>` and the like behind a document are garbage that real devices send.
  private mutating func endTag() throws(XMLError) -> Token? {
    let start = position
    offset += 2
    let name = try name()
    skipSpace()
    guard offset < bytes.count else { throw error(.unexpectedEnd(inside: name)) }
    guard bytes[offset] == UInt8(ascii: ">") else { throw error(.malformedTag) }
    offset += 1
    guard depth > 0 else {
      note(XMLOddity.strayText, at: start.offset)
      return nil
    }
    depth -= 1
    return .end(name, at: start)
  }

  private mutating func startTag() throws(XMLError) -> Token {
    let start = position
    offset += 1
    var element = XMLElement(try name(), position: start)
    while true {
      skipSpace()
      guard offset < bytes.count else { throw error(.unexpectedEnd(inside: element.name)) }
      switch bytes[offset] {
      case UInt8(ascii: ">"):
        offset += 1
        depth += 1
        return .start(element, isEmpty: false)
      case UInt8(ascii: "/"):
        guard offset + 1 < bytes.count else { throw error(.unexpectedEnd(inside: element.name)) }
        guard bytes[offset + 1] == UInt8(ascii: ">") else { throw error(.malformedTag) }
        offset += 2
        return .start(element, isEmpty: true)
      default:
        let attribute = try attribute(of: element.name)
        guard !element.attributes.contains(where: { $0.name == attribute.name }) else {
          throw error(.duplicateAttribute(attribute.name))
        }
        element.attributes.append(attribute)
        guard element.attributes.count <= limits.attributeCount else { throw error(.limitExceeded("attributeCount")) }
      }
    }
  }

  private mutating func attribute(of element: String) throws(XMLError) -> XMLAttribute {
    let name = try name()
    skipSpace()
    guard offset < bytes.count else { throw error(.unexpectedEnd(inside: element)) }
    guard bytes[offset] == UInt8(ascii: "=") else { throw error(.malformedTag) }
    offset += 1
    skipSpace()
    guard offset < bytes.count else { throw error(.unexpectedEnd(inside: element)) }
    let quote = bytes[offset]
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw error(.malformedTag) }
    let start = offset + 1
    guard let end = index(of: quote, in: start..<bytes.count) else { throw error(.unexpectedEnd(inside: element)) }
    guard end - start <= limits.valueByteCount else { throw error(.limitExceeded("valueByteCount"), at: start) }
    offset = end + 1
    return XMLAttribute(name, try resolve(start..<end))
  }

  private mutating func name() throws(XMLError) -> String {
    let start = offset
    while offset < bytes.count, Self.isName(bytes[offset]) { offset += 1 }
    guard offset > start, Self.beginsName(bytes[start]) else { throw error(.malformedTag, at: start) }
    guard offset - start <= limits.nameByteCount else { throw error(.limitExceeded("nameByteCount"), at: start) }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func skipSpace() {
    while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  static func beginsName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: ":"), 0x80...0xFF: true
    default: false
    }
  }

  static func isName(_ byte: UInt8) -> Bool {
    beginsName(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}
