public import WireFormat

/// How a device broke the Mk II protocol. Source: `docs/protocols/mkii.md` 4.3–4.5, 7 and 9.5.
public enum MkIIViolation: Error, Equatable, Sendable {
  /// The message header is not that of a reply; carries the field that does not fit.
  case malformed(WireError)
  /// The message is shorter than its length field says, and the rest never came.
  case truncated(received: Int, expected: Int)
  /// More replies to other requests than the limit allows, and none to this one.
  case staleReplies(count: Int)
  /// More datagrams of other Phonet resources than the limit allows, and no reply.
  case otherTraffic(count: Int)
  /// The reply says success and has fewer bytes of data than its type demands.
  case shortReply(received: Int, needed: Int)
  /// PING was answered with data.
  case pingCarriesData(byteCount: Int)
  /// The value of an item is not printable ASCII; `prefix` are its first bytes.
  case notText(item: String, prefix: [UInt8])
  /// The protocol version is empty.
  case emptyVersion
  /// `/device/hw_build` is no decimal number from 0 to 9999.
  case invalidHardwareBuild(String)
  /// An item that does not change was answered in two ways.
  case changedAnswer(item: String, first: String, second: String)
  /// Replies decide for one layout of their words and later for the other (9.5).
  case layoutChanged(from: MkIIReplyLayout)
}
