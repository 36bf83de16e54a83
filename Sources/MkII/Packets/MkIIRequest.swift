import WireFormat

/// The requests a host makes. Source: `docs/protocols/mkii.md` 5.
public enum MkIIRequest: Equatable, Sendable {
  case ping
  case get(item: String)
  case tell(item: String, value: String)
  case begin
  /// The blocks of a FIASCO image header, with the end byte if one is wanted (9.3).
  case imageHeader([UInt8])
  case setSource(handle: UInt32, transport: String)
  case status(handle: UInt32)
  case prepareBlock(handle: UInt32, byteCount: UInt32)
  /// `time` is taken to be milliseconds (9.7).
  case waitCredit(time: UInt32)
  /// The command text without its final NUL, which is sent.
  case reboot(command: String)

  public var type: MkIIMessageType {
    switch self {
    case .ping: .ping
    case .get: .get
    case .tell: .tell
    case .begin: .begin
    case .imageHeader: .imageHeader
    case .setSource: .setSource
    case .status: .status
    case .prepareBlock: .prepareBlock
    case .waitCredit: .waitCredit
    case .reboot: .reboot
    }
  }

  /// The request's data, as it follows the message header.
  public var data: [UInt8] {
    var data: [UInt8] = []
    switch self {
    case .ping, .begin: break
    case .get(let item): data.append(contentsOf: item.utf8)
    case .tell(let item, let value): data = Array(item.utf8) + [0] + Array(value.utf8)
    case .imageHeader(let blocks): data = blocks
    case .setSource(let handle, let transport):
      data.append(bigEndian: handle)
      data.append(contentsOf: transport.utf8)
    case .status(let handle): data.append(bigEndian: handle)
    case .prepareBlock(let handle, let byteCount):
      data.append(bigEndian: handle)
      data.append(bigEndian: byteCount)
    case .waitCredit(let time): data.append(bigEndian: time)
    case .reboot(let command): data = Array(command.utf8) + [0]
    }
    return data
  }

  public func message(transactionID: UInt8) -> MkIIMessage {
    MkIIMessage(.request, transactionID: transactionID, messageID: type.rawValue, data: data)
  }
}
