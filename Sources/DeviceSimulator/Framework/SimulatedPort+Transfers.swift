public import USBWire
import WireFormat

/// One OUT transfer on its way through a port. The host side keeps it and hands in its bytes, at once or in pieces.
public struct OutputTransfer: Sendable {
  public let endpoint: EndpointAddress
  public let byteCount: Int
  /// Whether a zero-length packet follows when the length is a multiple of the packet size.
  public let isTerminated: Bool
  /// Bytes the port has taken.
  public fileprivate(set) var moved = 0
  /// The transfer has ended, with all its bytes or without.
  public fileprivate(set) var isComplete = false
  fileprivate var fate: FaultPlan.Fate?
  fileprivate var notBefore: Duration?

  public init(to endpoint: EndpointAddress, byteCount: Int, isTerminated: Bool) {
    self.endpoint = endpoint
    self.byteCount = byteCount
    self.isTerminated = isTerminated
  }
}

/// How far a piece of an OUT transfer got.
public enum OutputOutcome: Equatable, Sendable {
  /// All bytes of the piece are taken.
  case taken
  /// The endpoint answers NAK after `byteCount` bytes of the piece: hand in the rest again later.
  case busy(byteCount: Int)
  case stalled
  case disconnected
  case noSuchEndpoint
}

/// How one read of an IN endpoint ended.
public enum InputOutcome: Equatable, Sendable {
  /// Data; `isEnd` says that a short or zero-length packet ended them.
  case data([UInt8], isEnd: Bool)
  /// Nothing yet.
  case busy
  case stalled
  case disconnected
  /// The device's packet is longer than the room that was left; its data are lost.
  case overflow
  case noSuchEndpoint
}

extension SimulatedPort {
  /// The descriptor of an endpoint that exists now, in the alternate settings selected.
  func endpoint(_ address: EndpointAddress) -> EndpointDescriptor? {
    guard let configuration else { return nil }
    for setting in configuration.settings where setting.alternate == alternates[setting.number, default: 0] {
      if let endpoint = setting.endpoints.first(where: { $0.address == address }) { return endpoint }
    }
    return nil
  }

  /// Hands in the next piece of an OUT transfer: the bytes after `transfer.moved`, none beyond `transfer.byteCount`.
  public mutating func send(
    _ piece: RawSpan, of transfer: inout OutputTransfer, at now: Duration
  ) -> OutputOutcome {
    guard isAttached else { return .disconnected }
    guard let endpoint = endpoint(transfer.endpoint), !transfer.endpoint.isInput else { return .noSuchEndpoint }
    guard !halted.contains(transfer.endpoint) else { return .stalled }
    if transfer.fate == nil {
      let fate = faults.fate(ofTransferWith: transfer.byteCount, isBulk: endpoint.transferType == .bulk)
      transfer.fate = fate
      begin(fate, notBefore: &transfer.notBefore, at: now)
      switch fate.ending {
      case .stall:
        halted.insert(transfer.endpoint)
        log(transfer, .stalled, at: now)
        return .stalled
      case .disconnect:
        log(transfer, .disconnected, at: now)
        detach(at: now, returnAfter: Fault.timeUnplugged)
        return .disconnected
      case .normal, .drop: break
      }
    }
    if let notBefore = transfer.notBefore, now < notBefore { return .busy(byteCount: 0) }
    let outcome = deliver(piece, of: &transfer, packetSize: packetSize(endpoint), at: now)
    settle(at: now)
    return outcome
  }

  private mutating func deliver(
    _ piece: RawSpan, of transfer: inout OutputTransfer, packetSize: Int, at now: Duration
  ) -> OutputOutcome {
    let isLast = transfer.moved + piece.byteCount >= transfer.byteCount
    let endsShort = transfer.byteCount % packetSize != 0 || transfer.byteCount == 0 || transfer.isTerminated
    let answer: ReceiveAnswer
    if transfer.fate?.ending == .drop {
      answer = .accepted
    } else if let offset = transfer.fate?.corruptedOffset, offset >= transfer.moved,
      offset - transfer.moved < piece.byteCount
    {
      var copy = unsafe piece.withUnsafeBytes { unsafe [UInt8]($0) }
      copy[offset - transfer.moved] ^= 0xFF
      answer = device.receive(
        copy.rawSpan, on: transfer.endpoint, endsTransfer: isLast && endsShort, at: now)
    } else {
      answer = device.receive(piece, on: transfer.endpoint, endsTransfer: isLast && endsShort, at: now)
    }
    switch answer {
    case .accepted:
      transfer.moved += piece.byteCount
      if isLast {
        transfer.isComplete = true
        log(transfer, .done, at: now)
      }
      return .taken
    case .busy(let byteCount):
      transfer.moved += byteCount
      return .busy(byteCount: byteCount)
    case .stall:
      halted.insert(transfer.endpoint)
      log(transfer, .stalled, at: now)
      return .stalled
    }
  }

  /// Notes that the host has taken an OUT transfer back before it was complete. The device keeps what it has been given.
  public mutating func abandon(_ transfer: OutputTransfer, at now: Duration) {
    guard transfer.fate != nil, !transfer.isComplete else { return }
    log(transfer, .unlinked, at: now)
  }

  /// Reads an IN endpoint with room for `count` bytes.
  public mutating func receive(atMost count: Int, from address: EndpointAddress, at now: Duration) -> InputOutcome {
    guard isAttached else { return .disconnected }
    guard let endpoint = endpoint(address), address.isInput else { return .noSuchEndpoint }
    guard !halted.contains(address) else { return .stalled }
    let outcome = read(endpoint, atMost: max(0, count), at: now)
    settle(at: now)
    return outcome
  }

  /// Reads one packet, or what there is of one: a stream has no transfers that would have to be filled, and waits for no
  /// short packet.
  mutating func receivePacket(from address: EndpointAddress, at now: Duration) -> InputOutcome {
    guard let endpoint = endpoint(address) else { return isAttached ? .noSuchEndpoint : .disconnected }
    return receive(atMost: packetSize(endpoint), from: address, at: now)
  }

  private mutating func read(_ endpoint: EndpointDescriptor, atMost count: Int, at now: Duration) -> InputOutcome {
    let address = endpoint.address
    var pipe = pipes.removeValue(forKey: address) ?? InputPipe()
    defer { if isAttached { pipes[address] = pipe } }
    while true {
      if !pipe.isEmpty {
        if let notBefore = pipe.notBefore, now < notBefore { return .busy }
        pipe.notBefore = nil
        switch pipe.take(atMost: count, packetSize: packetSize(endpoint)) {
        case .bytes(let bytes, let isEnd): return .data(bytes, isEnd: isEnd)
        case .overflow: return .overflow
        case .wantsMore: break
        }
      }
      if let end = fill(&pipe, from: endpoint, atMost: count, at: now) { return end }
    }
  }

  /// Asks the device for its next transfer; returns what the host sees when that gives it no data.
  private mutating func fill(
    _ pipe: inout InputPipe, from endpoint: EndpointDescriptor, atMost count: Int, at now: Duration
  ) -> InputOutcome? {
    switch device.transmit(on: endpoint.address, atMost: count, at: now) {
    case .nothing: return .busy
    case .stall:
      halted.insert(endpoint.address)
      return .stalled
    case .transfer(var bytes, let isTerminated):
      let fate = faults.fate(ofTransferWith: bytes.count, isBulk: endpoint.transferType == .bulk)
      begin(fate, notBefore: &pipe.notBefore, at: now)
      if let offset = fate.corruptedOffset { bytes[offset] ^= 0xFF }
      let outcome: TransferRecord.Outcome =
        switch fate.ending {
        case .stall: .stalled
        case .disconnect: .disconnected
        case .normal, .drop: .done
        }
      log(endpoint.address, byteCount: bytes.count, fate, outcome, at: now)
      switch fate.ending {
      case .drop: return nil
      case .disconnect:
        detach(at: now, returnAfter: Fault.timeUnplugged)
        return .disconnected
      case .stall:
        pipe.put(bytes, isTerminated: isTerminated)
        halted.insert(endpoint.address)
        return .stalled
      case .normal:
        pipe.put(bytes, isTerminated: isTerminated)
        return nil
      }
    }
  }

  /// Notes a fault that strikes, and when its transfer may go on.
  mutating func begin(_ fate: FaultPlan.Fate, notBefore: inout Duration?, at now: Duration) {
    if let text = fate.text { record(.fault(text)) }
    if let delay = fate.delay {
      notBefore = now + delay
      delays.append(now + delay)
    }
  }

  private func packetSize(_ endpoint: EndpointDescriptor) -> Int { max(1, Int(endpoint.maximumPacketSize & 0x7FF)) }

  private func log(_ transfer: OutputTransfer, _ outcome: TransferRecord.Outcome, at now: Duration) {
    log(transfer.endpoint, byteCount: transfer.byteCount, transfer.fate, outcome, at: now)
  }

  private func log(
    _ endpoint: EndpointAddress, byteCount: Int, _ fate: FaultPlan.Fate?, _ outcome: TransferRecord.Outcome,
    at now: Duration
  ) {
    guard let recorder else { return }
    recorder(
      TransferRecord(
        number: fate?.number, time: now, setup: nil, endpoint: endpoint, byteCount: byteCount, outcome: outcome,
        fault: fate?.text))
  }
}
