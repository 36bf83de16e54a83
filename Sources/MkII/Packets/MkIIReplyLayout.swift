import WireFormat

/// Where the words of the multi-field replies 24, 26 and 2B begin: captures allow two readings, and hosts decide by
/// what arrives. Source: `docs/protocols/mkii.md` 9.5.
public enum MkIIReplyLayout: String, Equatable, Sendable, CaseIterable {
  /// Words from offset 0, one spare byte at the end; the first word's top byte doubles as status.
  case l0 = "L0"
  /// A status byte, then the words.
  case l1 = "L1"

  /// Offset of the first word in the reply's data.
  public var wordOffset: Int { self == .l0 ? 0 : 1 }

  /// The data of a reply with status 00 and these words, big endian.
  public func data(words: [UInt32]) -> [UInt8] {
    var data: [UInt8] = self == .l1 ? [0] : []
    for word in words { data.append(bigEndian: word) }
    if self == .l0 { data.append(0) }
    return data
  }
}
