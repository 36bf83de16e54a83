import MkII
import WireFormat

/// What the device's kernel makes of a datagram before any service sees it. Source: `docs/protocols/mkii.md` 4.1, 4.5.
enum PhonetDatagram: Equatable {
  /// Ill-formed: no reply at all.
  case dropped
  /// For a resource at which nobody listens.
  case otherResource(UInt8, transactionID: UInt8, messageID: UInt8)
  /// For the update service.
  case request(MkIIMessage)

  init(_ bytes: [UInt8]) {
    self = (try? Self.classify(bytes.rawSpan)) ?? .dropped
  }

  private static func classify(_ bytes: RawSpan) throws(WireError) -> PhonetDatagram {
    try bytes.require(8, at: 0)
    guard try bytes.byte(at: 0) == 0x1B else { return .dropped }
    let resource = try bytes.byte(at: 3)
    guard resource != MkIIMessage.resource else {
      return .request(try MkIIMessage(parsingPrefixOf: bytes, as: .request))
    }
    let length = Int(try bytes.load(bigEndian: UInt16.self, at: 4))
    try bytes.require(length, at: MkIIMessage.prefixByteCount)
    return .otherResource(
      resource, transactionID: try bytes.byte(at: 8), messageID: try bytes.byte(at: 9))
  }

  /// The common message "ISA entity not reachable" for a request of type `messageID` to `resource`.
  static func notReachable(resource: UInt8, transactionID: UInt8, messageID: UInt8) -> [UInt8] {
    var bytes = MkIIMessage(
      .reply, transactionID: transactionID, messageID: MkIIMessageType.phonetCommonMessage,
      data: [0x14, messageID, 0, 0, 0, 0]
    ).bytes
    bytes[3] = resource
    return bytes
  }

  /// The datagram of resource 10 that follows it.
  static let indication: [UInt8] = [0x1B, 0x10, 0x00, 0x10, 0x00, 0x06, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00]
}
