/// A document of an XML agent, read by looking for its tags.
///
/// Agents send what no XML parser takes: elements closed by another name or by an opening tag, quotes inside of tags, typographic
/// ones in the declaration, attributes without any. So the exact tag is looked for, then one that only differs by quotes and
/// attributes; a value ends at its closing tag, or where the next tag begins. Source: `docs/protocols/mtk-xml.md` 3.3, 14.
public struct XMLAgentText: Equatable, Sendable {
  /// Without NULs and white space at either end.
  public let bytes: ArraySlice<UInt8>

  public init(_ payload: [UInt8]) { bytes = Self.trimmed(payload[...]) }

  private init(_ slice: ArraySlice<UInt8>) { bytes = Self.trimmed(slice) }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The longest tag that is looked at, attributes included.
  private static let tagLimit = 1024
  private static let (open, close, slash) = (UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "/"))

  // MARK: Values

  /// The text of the first element of that name; `nil` where there is none.
  public func value(_ tag: String) -> String? {
    let name = Array(tag.utf8)
    guard let found = find(name) else { return nil }
    return Self.value(in: bytes[found.content...], tag: name)
  }

  /// The number in the first element of that name.
  public func number(_ tag: String) -> UInt64? { value(tag).flatMap { XMLAgentNumber.parse($0[...]) } }

  /// The inside of the first element of that name, up to its closing tag, or to the end where it has none.
  public func element(_ tag: String) -> XMLAgentText? {
    let name = Array(tag.utf8)
    guard let found = find(name) else { return nil }
    return XMLAgentText(bytes[found.content..<end(of: name, in: found.content..<bytes.endIndex)])
  }

  /// All elements of that name, in order; none lies inside another.
  public func elements(_ tag: String) -> [Element] {
    let name = Array(tag.utf8)
    let isExact = tagPlace(name, from: bytes.startIndex, isExact: true) != nil
    var elements: [Element] = []
    var next = tagPlace(name, from: bytes.startIndex, isExact: isExact)
    while let found = next {
      next = tagPlace(name, from: found.content, isExact: isExact)
      let content = bytes[found.content..<end(of: name, in: found.content..<(next?.start ?? bytes.endIndex))]
      elements.append(
        Element(
          attributes: XMLAgentText(bytes[found.start..<found.content]), content: XMLAgentText(content),
          value: Self.value(in: content, tag: name)))
    }
    return elements
  }

  /// One of several elements of a name.
  public struct Element: Equatable, Sendable {
    let attributes: XMLAgentText
    public let content: XMLAgentText
    /// The text up to the next tag.
    public let value: String

    /// The value of an attribute, with quotes or without.
    public func attribute(_ name: String) -> String? {
      let bytes = Array(attributes.bytes)
      let wanted = Array((name + "=").utf8)
      guard bytes.count > wanted.count else { return nil }
      for start in 1..<bytes.count - wanted.count
      where XMLAgentText.isSpace(bytes[start - 1]) && bytes[start...].starts(with: wanted) {
        let rest = bytes[(start + wanted.count)...]
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
          return String(decoding: rest.dropFirst().prefix { $0 != quote }, as: UTF8.self)
        }
        return String(decoding: rest.prefix { !XMLAgentText.isSpace($0) && $0 != XMLAgentText.close }, as: UTF8.self)
      }
      return nil
    }
  }

  /// Up to the closing tag; before it where another element is closed there, or this one opened again.
  private static func value(in rest: ArraySlice<UInt8>, tag: [UInt8]) -> String {
    var end = rest.endIndex
    var place = rest.startIndex
    var firstTag: Int?
    let reopened = [open] + tag + [close]
    let closed = [open, slash] + tag + [close]
    var isClosed = false
    while let next = rest[place...].firstIndex(of: open) {
      firstTag = firstTag ?? next
      if rest[next...].starts(with: closed) {
        isClosed = true
        end = next
        break
      }
      // A closing tag of another element, or this one's once more: this one ended where the first tag stands.
      if rest[next...].starts(with: [open, slash]) || rest[next...].starts(with: reopened) { break }
      place = next + 1
    }
    if !isClosed, let firstTag { end = firstTag }
    return String(decoding: trimmed(rest[..<end]), as: UTF8.self)
  }

  /// Where an element ends that may have others inside.
  private func end(of name: [UInt8], in range: Range<Int>) -> Int {
    let closed = [Self.open, Self.slash] + name + [Self.close]
    var place = range.lowerBound
    while let next = bytes[place..<range.upperBound].firstIndex(of: Self.open) {
      if bytes[next...].starts(with: closed) { return next }
      place = next + 1
    }
    return range.upperBound
  }

  // MARK: Tags

  /// The exact tag, wherever it stands, else one with quotes or attributes in it.
  private func find(_ name: [UInt8]) -> (start: Int, content: Int)? {
    tagPlace(name, from: bytes.startIndex, isExact: true) ?? tagPlace(name, from: bytes.startIndex, isExact: false)
  }

  /// Where the next such tag begins, and where what follows it does.
  private func tagPlace(_ name: [UInt8], from start: Int, isExact: Bool) -> (start: Int, content: Int)? {
    let exact = [Self.open] + name + [Self.close]
    var place = start
    while let next = bytes[place...].firstIndex(of: Self.open) {
      if isExact {
        if bytes[next...].starts(with: exact) { return (next, next + exact.count) }
      } else if let content = contentOfLenientTag(name, at: next) {
        return (next, content)
      }
      place = next + 1
    }
    return nil
  }

  private func contentOfLenientTag(_ name: [UInt8], at start: Int) -> Int? {
    let rest = bytes[(start + 1)...].prefix(Self.tagLimit)
    guard let end = rest.firstIndex(where: { $0 == Self.close || $0 == Self.open }), rest[end] == Self.close else {
      return nil
    }
    let tag = rest[..<end]
    let word = tag.prefix { !Self.isSpace($0) }.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
    return word == name ? end + 1 : nil
  }

  // MARK: White space

  fileprivate static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var slice = slice
    while let last = slice.last, last == 0 || isSpace(last) { slice.removeLast() }
    while let first = slice.first, first == 0 || isSpace(first) { slice.removeFirst() }
    return slice
  }

  static func trimmed(_ text: String) -> String {
    String(decoding: trimmed(Array(text.utf8)[...]), as: UTF8.self)
  }
}
