public import WireFormat

/// One thing that a programmer said.
public enum FirehoseMessage: Equatable, Sendable {
  case log(FirehoseLog)
  case response(FirehoseResponse)
  /// An element that is neither.
  case other(String)
}

/// Reads what a programmer sends, however it is cut into transfers and whatever lies between.
///
/// Fails for one reason only: a document that does not end. Source: `docs/protocols/firehose.md` 1.1 to 1.3.
public struct FirehoseMessageReader: Sendable {
  public enum Item: Equatable, Sendable {
    case message(FirehoseMessage)
    /// Bytes between documents: white space, NULs, `</xml>`, garbage; or a document without anything in it.
    case skipped(byteCount: Int)
  }

  private var stream: XMLMessageStream
  private var ready: [FirehoseMessage] = []

  /// `limit`: bytes of the longest document.
  public init(limit: Int = 64 << 10) { stream = XMLMessageStream(limit: limit) }

  /// Whether a document has begun and not ended.
  public var isInsideDocument: Bool { stream.pendingByteCount > 0 }

  public mutating func append(_ bytes: [UInt8]) { stream.append(bytes) }

  /// The next message; `nil` when more bytes are needed.
  public mutating func next() throws(XMLError) -> Item? {
    if !ready.isEmpty { return .message(ready.removeFirst()) }
    switch try stream.next() {
    case nil: return nil
    case .skipped(let count): return .skipped(byteCount: count)
    case .document(let bytes):
      ready = Self.messages(in: bytes)
      return ready.isEmpty ? .skipped(byteCount: 0) : .message(ready.removeFirst())
    }
  }

  /// What lies behind the last document: raw data, when a response announced some. Nothing is left then.
  public mutating func takeRest() -> [UInt8] {
    ready = []
    return stream.takeRest()
  }

  /// Everything in one document. Empty logs are left out.
  public static func messages(in document: [UInt8]) -> [FirehoseMessage] {
    guard let parsed = try? XMLDocument(parsing: document, limits: .message) else {
      return FirehoseTextSearch(document).messages
    }
    let elements = parsed.roots.flatMap { $0.isNamed("data") ? $0.children : [$0] }
    return elements.compactMap { element in
      if element.isNamed("response") { return .response(FirehoseResponse(parsing: element)) }
      guard element.isNamed("log") else { return .other(element.name) }
      let text = (element["value"] ?? element.text).firehoseTrimmed
      return text.isEmpty ? nil : .log(FirehoseLog(text))
    }
  }
}

/// Finds logs and responses in a document that no XML reader takes: unescaped quotes, above all.
///
/// The value of a log reaches up to the last quote before its `/>`.
struct FirehoseTextSearch {
  private let text: [UInt8]

  init(_ document: [UInt8]) { text = document }

  var messages: [FirehoseMessage] {
    let starts = self.starts
    return starts.enumerated().compactMap { index, start in
      let limit = index + 1 < starts.count ? starts[index + 1].offset : text.count
      let body = Self.untilEnd(text[start.offset..<limit])
      if start.isResponse { return .response(FirehoseResponse(parsing: Self.element(body))) }
      let value = Self.logValue(body).firehoseTrimmed
      return value.isEmpty ? nil : .log(FirehoseLog(value))
    }
  }

  private var starts: [(offset: Int, isResponse: Bool)] {
    text.indices.compactMap { index in
      guard text[index] == UInt8(ascii: "<") else { return nil }
      if Self.begins(text[(index + 1)...], "log") { return (index, false) }
      return Self.begins(text[(index + 1)...], "response") ? (index, true) : nil
    }
  }

  private static func begins(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
    let letters = Array(word.utf8)
    guard bytes.count > letters.count else { return false }
    let next = bytes[bytes.startIndex + letters.count]
    return zip(bytes, letters).allSatisfy { $0 | 0x20 == $1 } && (next <= 0x20 || next == UInt8(ascii: "/"))
  }

  /// Up to the last `/>`, else the last `>`, else everything.
  private static func untilEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let ends = bytes.indices.dropLast().filter { bytes[$0] == UInt8(ascii: "/") && bytes[$0 + 1] == UInt8(ascii: ">") }
    return ends.last.map { bytes[..<$0] } ?? bytes
  }

  private static func logValue(_ bytes: ArraySlice<UInt8>) -> String {
    guard let first = bytes.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }) else {
      return ""
    }
    let quote = bytes[first]
    let last = bytes.lastIndex(of: quote) ?? first
    return unescaped(String(decoding: last > first ? bytes[(first + 1)..<last] : bytes[(first + 1)...], as: UTF8.self))
  }

  /// `name="value"` as far as they can be made out.
  private static func element(_ bytes: ArraySlice<UInt8>) -> XMLElement {
    var element = XMLElement("response")
    var rest = bytes
    while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = rest[..<equals].split { $0 <= 0x20 }.last ?? []
      guard let open = rest[equals...].firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }),
        let close = rest[(open + 1)...].firstIndex(of: rest[open]), element.attributes.count < 64
      else { break }
      element.attributes.append(
        XMLAttribute(
          String(decoding: name, as: UTF8.self), unescaped(String(decoding: rest[(open + 1)..<close], as: UTF8.self))))
      rest = rest[(close + 1)...]
    }
    return element
  }

  private static func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    var result = text
    for (reference, character) in [
      ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&amp;", "&"),
    ] {
      result = result.split(separator: reference, omittingEmptySubsequences: false).joined(separator: character)
    }
    return result
  }
}
