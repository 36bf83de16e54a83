import USBWire

/// One connection's way between a stream of bytes and the endpoints of a device, without I/O.
///
/// The device says what the bytes are (`SimulatedDevice.streamRoute`); the session hands them to its port as transfers,
/// messages whole and raw data as they arrive, so that nothing is kept but the beginning of a message.
struct StreamSession: Sendable {
  let binding: StreamBinding
  /// The transfer whose bytes come next.
  private var transfer: OutputTransfer?
  /// An endpoint has halted: nothing is read or answered until the connection ends.
  private(set) var isHalted = false

  init(_ binding: StreamBinding) { self.binding = binding }

  /// Puts the device in order for a new connection.
  mutating func begin(_ port: inout SimulatedPort, at now: Duration) {
    for setup in binding.setup { _ = port.request(setup, at: now) }
  }

  /// Lets the device know that the connection is over.
  mutating func end(_ port: inout SimulatedPort, at now: Duration) {
    for setup in binding.teardown { _ = port.request(setup, at: now) }
  }

  /// Takes what can be taken from the front of `bytes`, up to the end of a message, and returns how many bytes that
  /// were. The rest is to be handed in again: at once if any were taken, when the device's answer has been delivered,
  /// else with what has arrived meanwhile.
  mutating func take(_ bytes: RawSpan, into port: inout SimulatedPort, at now: Duration) -> Int {
    var offset = 0
    while offset < bytes.byteCount, port.isAttached, !isHalted {
      let rest = bytes.extracting(offset..<bytes.byteCount)
      guard var open = transfer else {
        switch next(in: rest, port) {
        case .transfer(let begun): transfer = begun
        case .skip(let byteCount): offset += byteCount
        case .wait: return offset
        }
        continue
      }
      let count = min(rest.byteCount, open.byteCount - open.moved)
      let outcome = port.send(rest.extracting(0..<count), of: &open, at: now)
      transfer = open.isComplete ? nil : open
      switch outcome {
      case .taken:
        offset += count
        if open.isComplete, open.isTerminated { return offset }
      case .busy(let byteCount): return offset + byteCount
      case .stalled, .noSuchEndpoint: isHalted = true
      case .disconnected: return offset
      }
    }
    return offset
  }

  private enum Next {
    case transfer(OutputTransfer)
    case skip(Int)
    /// It cannot be told yet, or not all of a message is there.
    case wait
  }

  /// What stands at the front of `bytes`.
  private func next(in bytes: RawSpan, _ port: SimulatedPort) -> Next {
    switch port.device.streamRoute(for: bytes) {
    case .message(let byteCount, let endpoint):
      bytes.byteCount < byteCount
        ? .wait : .transfer(OutputTransfer(to: endpoint, byteCount: byteCount, isTerminated: true))
    case .data(let byteCount, let endpoint):
      .transfer(OutputTransfer(to: endpoint, byteCount: byteCount, isTerminated: false))
    case .needs, .busy: .wait
    case .garbage(let byteCount): .skip(min(bytes.byteCount, max(1, byteCount)))
    }
  }

  /// Appends what the device has to say.
  mutating func deliver(from port: inout SimulatedPort, to output: inout [UInt8], at now: Duration) {
    while !isHalted {
      switch port.receivePacket(from: binding.input, at: now) {
      case .data(let bytes, _): output += bytes
      case .stalled: isHalted = true
      case .busy, .disconnected, .overflow, .noSuchEndpoint: return
      }
    }
  }
}
