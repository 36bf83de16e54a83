/// The request types of Mk II; a reply has the request's type with bit 5 set.
///
/// Names in capitals are Nokia's own, the others ours. Source: `docs/protocols/mkii.md` 5.
public enum MkIIMessageType: UInt8, Sendable, CaseIterable {
  case ping = 0x00
  case get = 0x01
  case tell = 0x02
  case begin = 0x03
  case imageHeader = 0x04
  case setSource = 0x05
  /// SU_GET_UPDATE_STATUS_REQ
  case status = 0x06
  /// SU_PREPARE_DATA_BLOCK_REQ
  case prepareBlock = 0x08
  case waitCredit = 0x0B
  case reboot = 0x0C

  /// Set in the message id of a reply.
  public static let replyBit: UInt8 = 0x20
  /// The Phonet layer's own answer when nobody listens on the resource (4.5).
  public static let phonetCommonMessage: UInt8 = 0xF0

  public var replyID: UInt8 { rawValue | Self.replyBit }

  /// The name in traces and messages.
  public var name: String {
    switch self {
    case .ping: "PING"
    case .get: "GET"
    case .tell: "TELL"
    case .begin: "BEGIN"
    case .imageHeader: "IMAGE_HEADER"
    case .setSource: "SET_SOURCE"
    case .status: "SU_GET_UPDATE_STATUS_REQ"
    case .prepareBlock: "SU_PREPARE_DATA_BLOCK_REQ"
    case .waitCredit: "WAIT_CREDIT"
    case .reboot: "REBOOT"
    }
  }
}
