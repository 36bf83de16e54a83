import WireFormat

/// The header that stands before everything an XML agent and its host say to each other.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |      0 |    4 | magic FEEEEEEF |
/// |      4 |    4 | kind: 1 conversation, 2 log |
/// |      8 |    4 | bytes that follow |
///
/// Source: `docs/protocols/mtk-xml.md` 3.1.
public struct XMLAgentFrame: Equatable, Sendable {
  public enum Kind: UInt32, Sendable {
    case flow = 1
    /// A 32-bit priority and text, between any two other frames.
    case log = 2
  }

  public static let headerByteCount = 12
  public static let magic: UInt32 = 0xFEEE_EEEF

  public var kind: Kind
  /// Bytes behind the header, at least one.
  public var byteCount: UInt32

  public init(_ kind: Kind = .flow, byteCount: UInt32) {
    self.kind = kind
    self.byteCount = byteCount
  }

  /// Reads a header. Throws `XMLAgentViolation` where it is none.
  public init(parsing bytes: [UInt8]) throws(XMLAgentViolation) {
    let words: (magic: UInt32, kind: UInt32, length: UInt32)
    do throws(WireError) {
      let span = bytes.rawSpan
      words = (
        try span.load(littleEndian: UInt32.self, at: 0), try span.load(littleEndian: UInt32.self, at: 4),
        try span.load(littleEndian: UInt32.self, at: 8)
      )
    } catch { throw .noFrame(Array(bytes.prefix(Self.headerByteCount))) }
    guard words.magic == Self.magic, let kind = Kind(rawValue: words.kind) else {
      throw .noFrame(Array(bytes.prefix(Self.headerByteCount)))
    }
    guard words.length > 0 else { throw .emptyFrame }
    self.init(kind, byteCount: words.length)
  }

  /// The twelve bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: Self.magic)
    bytes.append(littleEndian: kind.rawValue)
    bytes.append(littleEndian: byteCount)
    return bytes
  }
}
