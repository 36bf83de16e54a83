/// Finds XML documents in a stream of bytes that comes in pieces: what a Firehose programmer sends.
///
/// A document begins at `<?xml` or `<data` and ends at the first `</data>` (or whatever the root is called), however it
/// was cut into transfers; what lies between documents is dropped. The bytes of each document are handed out as they
/// came, so that a reader can fall back to searching the text where a device writes what no parser reads. Source:
/// `firehose.md` 1.2.
public struct XMLMessageStream: Sendable {
  /// What came out of the bytes so far.
  public enum Item: Equatable, Sendable {
    /// A whole document, from its declaration or root to the end of its end tag.
    case document([UInt8])
    /// Bytes between documents: white space, NULs, `</xml>`, garbage.
    case skipped(byteCount: Int)
  }

  /// The longest document that is waited for.
  public let limit: Int
  private let root: [UInt8]
  private let endTag: [UInt8]
  private var buffer: [UInt8] = []
  /// Where the search for the end tag goes on.
  private var searched = 0

  public init(root: String = "data", limit: Int = 64 << 10) {
    self.root = Array("<\(root)".utf8)
    endTag = Array("</\(root)>".utf8)
    self.limit = limit
  }

  /// Bytes of a document that has begun and not ended.
  public var pendingByteCount: Int { buffer.count }

  public mutating func append(_ bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

  /// The bytes behind the last document: raw data, after a response that announced some. The stream is empty then.
  public mutating func takeRest() -> [UInt8] {
    defer { (buffer, searched) = ([], 0) }
    return buffer
  }

  /// The next item; `nil` when more bytes are needed. Throws `limitExceeded` when a document does not end.
  public mutating func next() throws(XMLError) -> Item? {
    let start = beginning()
    if start > 0 {
      buffer.removeFirst(start)
      searched = 0
      return .skipped(byteCount: start)
    }
    guard !buffer.isEmpty else { return nil }
    if let end = endOfDocument() {
      let document = Array(buffer[..<end])
      buffer.removeFirst(end)
      searched = 0
      return .document(document)
    }
    guard buffer.count <= limit else {
      throw XMLError(.limitExceeded("byteCount"), at: XMLPosition(offset: limit, line: 1, column: 1))
    }
    return nil
  }

  /// The offset at which a document begins, or may begin once more bytes are there.
  private func beginning() -> Int {
    var index = 0
    while let bracket = buffer[index...].firstIndex(of: UInt8(ascii: "<")) {
      let rest = buffer[bracket...]
      if Self.agrees(rest, Array("<?xml".utf8)) || Self.agrees(rest, root) { return bracket }
      index = bracket + 1
    }
    return buffer.count
  }

  /// Whether `bytes` and `word` are the same as far as both go, in either case.
  private static func agrees(_ bytes: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
    zip(bytes, word).allSatisfy { lowercase($0) == lowercase($1) }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }

  private mutating func endOfDocument() -> Int? {
    var index = searched
    while let bracket = buffer[index...].firstIndex(of: UInt8(ascii: "<")) {
      let rest = buffer[bracket...]
      guard rest.count >= endTag.count else {
        searched = bracket
        return nil
      }
      if Self.agrees(rest, endTag) { return bracket + endTag.count }
      index = bracket + 1
    }
    searched = buffer.count
    return nil
  }
}
