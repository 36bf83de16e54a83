import USBWire
import WireFormat

/// What one attempt to move a transfer did.
struct TransferStep: Sendable {
  /// How a transfer ended.
  struct Ending: Sendable {
    var status: USBIPStatus
    /// Bytes moved in the whole transfer.
    var byteCount = 0
    var data: [UInt8] = []
  }

  /// Bytes that this attempt moved.
  var byteCount = 0
  /// `nil` while the transfer goes on.
  var ending: Ending?

  static let waits = TransferStep()

  static func failed(_ status: USBIPStatus, after byteCount: Int = 0) -> TransferStep {
    TransferStep(ending: Ending(status: status, byteCount: byteCount))
  }
}

extension EndpointQueue.Active {
  /// Moves the transfer as far as the device lets it, at most `pieceByteCount` bytes where that can be chosen.
  mutating func step(at port: inout SimulatedPort, pieceByteCount: Int, _ now: Duration) -> TransferStep {
    guard !urb.request.isIsochronous else { return .failed(.invalid) }
    if control != nil { return controlStep(at: &port, now) }
    if output != nil { return outputStep(at: &port, pieceByteCount, now) }
    return inputStep(at: &port, now)
  }

  // MARK: Data to the device

  private mutating func outputStep(at port: inout SimulatedPort, _ limit: Int, _ now: Duration) -> TransferStep {
    guard var transfer = output else { return .waits }
    let start = transfer.moved
    let end = min(transfer.byteCount, start + min(limit, transfer.byteCount))
    let outcome = withPayload(start..<end) { piece in port.send(piece, of: &transfer, at: now) }
    output = transfer
    let moved = transfer.moved - start
    switch outcome {
    case .taken:
      guard transfer.isComplete else { return TransferStep(byteCount: moved) }
      return TransferStep(byteCount: moved, ending: .init(status: .done, byteCount: transfer.moved))
    case .busy: return TransferStep(byteCount: moved)
    case .stalled: return .failed(.stalled, after: transfer.moved)
    case .disconnected: return .failed(.gone, after: transfer.moved)
    case .noSuchEndpoint: return .failed(.invalid)
    }
  }

  private func withPayload<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
    if let payload = urb.payload { return payload.withBytes(range, body) }
    let none: [UInt8] = []
    return body(none.rawSpan)
  }

  // MARK: Data from the device

  private func inputStep(at port: inout SimulatedPort, _ now: Duration) -> TransferStep {
    let request = urb.request
    switch port.receive(atMost: request.byteCount, from: request.endpoint, at: now) {
    case .data(let bytes, _): return ended(with: bytes)
    case .busy: return .waits
    case .stalled: return .failed(.stalled)
    case .disconnected: return .failed(.gone)
    case .overflow: return .failed(.overflow)
    case .noSuchEndpoint: return .failed(.invalid)
    }
  }

  private func ended(with bytes: [UInt8]) -> TransferStep {
    let isShort = bytes.count < urb.request.byteCount && urb.request.flags.contains(.shortNotOK)
    let ending = TransferStep.Ending(status: isShort ? .short : .done, byteCount: bytes.count, data: bytes)
    return TransferStep(byteCount: bytes.count, ending: ending)
  }

  // MARK: Control requests

  private mutating func controlStep(at port: inout SimulatedPort, _ now: Duration) -> TransferStep {
    guard var transfer = control else { return .waits }
    let request = urb.request
    if request.setup.isPortReset {
      port.reset(at: now)
      return TransferStep(ending: .init(status: .done))
    }
    guard request.isConsistent else { return .failed(.invalid) }
    let outcome = withPayload(0..<urb.heldByteCount) { data in port.control(&transfer, data: data, at: now) }
    control = transfer
    switch outcome {
    case .data(let bytes) where request.endpoint.isInput:
      return bytes.count > request.byteCount ? .failed(.overflow) : ended(with: bytes)
    case .data:
      let count = request.byteCount
      return TransferStep(byteCount: count, ending: .init(status: .done, byteCount: count))
    case .busy: return .waits
    case .stalled: return .failed(.stalled)
    case .disconnected: return .failed(.gone)
    }
  }
}

extension SetupPacket {
  /// SET_FEATURE(PORT_RESET), a request to a hub. Some clients pass it on to the device, meaning that it be reset.
  fileprivate var isPortReset: Bool {
    requestType == 0x23 && request == StandardRequest.setFeature.rawValue && value == 4
  }
}

extension USBIPSubmit {
  /// Whether a control request's data stage is what its setup packet says: the same way, and as long when it goes to
  /// the device.
  fileprivate var isConsistent: Bool {
    guard setup.length > 0 else { return endpoint.isInput || byteCount == 0 }
    return setup.isInput == endpoint.isInput && (setup.isInput || byteCount == Int(setup.length))
  }
}
