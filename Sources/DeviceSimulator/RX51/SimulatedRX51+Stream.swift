import MkII
import USBWire
import WireFormat

/// Mk II over a stream of bytes: `docs/protocols/mkii.md` 12.
extension SimulatedRX51 {
  var stream: StreamBinding? {
    StreamBinding(
      setup: [
        SetupPacket(
          requestType: 0, request: StandardRequest.setConfiguration.rawValue, value: 1, index: 0, length: 0),
        .setInterface(RX51Identity.messageInterface, alternate: 1),
      ],
      teardown: [.setInterface(RX51Identity.messageInterface, alternate: 0)],
      input: RX51Identity.messageIn)
  }

  /// Announced raw data come first; then messages, which begin with the address of a request. Anything else is
  /// skipped up to the next byte that may begin one.
  func streamRoute(for bytes: RawSpan) -> StreamRoute {
    // What follows a request that has not been answered depends on the answer.
    guard inbox.isEmpty, deferred == nil else { return .busy }
    if case .block(let left) = state, let rawEndpoint { return .data(byteCount: Int(left), endpoint: rawEndpoint) }
    let address: [UInt8] = [0x1B, 0x00, 0x10]
    for start in 0..<bytes.byteCount {
      let rest = min(address.count, bytes.byteCount - start)
      let matches = (0..<rest).allSatisfy { (try? bytes.byte(at: start + $0)) == address[$0] }
      guard matches else { continue }
      return start > 0 ? .garbage(byteCount: start) : message(in: bytes)
    }
    return .garbage(byteCount: bytes.byteCount)
  }

  private func message(in bytes: RawSpan) -> StreamRoute {
    guard let length = try? bytes.load(bigEndian: UInt16.self, at: 4) else {
      return .needs(byteCount: MkIIMessage.prefixByteCount)
    }
    return .message(byteCount: MkIIMessage.prefixByteCount + Int(length), endpoint: RX51Identity.messageOut)
  }
}
