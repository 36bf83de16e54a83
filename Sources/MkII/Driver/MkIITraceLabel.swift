/// The names of what a device sends, for traces.
enum MkIITraceLabel {
  /// `GET reply`, `Phonet common message`, `Phonet resource 10`, or `unknown` for what is no datagram.
  static func label(ofReply datagram: [UInt8]) -> String {
    guard datagram.count >= MkIIMessage.headerByteCount, datagram[0] == 0x1B else { return "unknown" }
    guard datagram[3] == MkIIMessage.resource else {
      return "Phonet resource " + String(datagram[3], radix: 16, uppercase: true)
    }
    let messageID = datagram[9]
    if messageID == MkIIMessageType.phonetCommonMessage { return "Phonet common message" }
    guard let type = MkIIMessageType(rawValue: messageID & ~MkIIMessageType.replyBit) else { return "unknown reply" }
    return type.name + " reply"
  }
}
