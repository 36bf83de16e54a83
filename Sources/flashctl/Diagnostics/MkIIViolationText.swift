import MkII
import WireFormat

/// What a device did against the protocol, in words.
enum MkIIViolationText {
  static func words(_ violation: MkIIViolation) -> String {
    switch violation {
    case .malformed(let error): malformed(error)
    case .truncated(let received, let expected): "\(received) bytes of a message of \(expected)"
    case .staleReplies(let count): "\(count) replies to other requests and none to this one"
    case .otherTraffic(let count): "\(count) datagrams of other services and no reply"
    case .shortReply(let received, let needed): "\(received) bytes of data where \(needed) are needed"
    case .pingCarriesData(let count): "the reply carries \(count) bytes of data and should carry none"
    case .notText(let item, let prefix):
      "the value of \(item) is not text (it begins with \(Hex.string(prefix, separator: " ")))"
    case .emptyVersion: "the protocol version is empty"
    case .invalidHardwareBuild(let text): "the hardware revision “\(text)” is no number from 0 to 9999"
    case .changedAnswer(let item, let first, let second):
      "\(item) was “\(first)” at first and “\(second)” when asked again"
    case .layoutChanged(let layout): "the layout of its replies changed (it was \(layout.rawValue))"
    }
  }

  private static func malformed(_ error: WireError) -> String {
    switch error {
    case .truncated(let offset, let needed, let available):
      "it ends early (\(needed) bytes needed at offset \(offset), \(available) there)"
    case .invalid(let field, let offset, let value):
      "the field “\(field)” at offset \(offset) is 0x\(String(value, radix: 16))"
    }
  }
}
