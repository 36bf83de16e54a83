public import USBWire
import WireFormat

/// A control request on its way through a port; the host side keeps it while the answer is `busy`.
public struct ControlTransfer: Sendable {
  public let setup: SetupPacket
  fileprivate var fate: FaultPlan.Fate?
  fileprivate var notBefore: Duration?

  public init(_ setup: SetupPacket) { self.setup = setup }

  /// Standard requests (bits 6–5 of bmRequestType are zero) are the bus's business, and no fault hits them.
  fileprivate var isStandard: Bool { setup.requestType & 0x60 == 0 }
}

/// How a control request ended.
public enum ControlOutcome: Equatable, Sendable {
  /// The data stage from the device; empty when there is none.
  case data([UInt8])
  /// No answer yet.
  case busy
  /// The device refuses the request; the next one clears that.
  case stalled
  case disconnected
}

extension SimulatedPort {
  /// Makes a standard request without data to the device; such a request is never `busy`.
  public mutating func request(_ setup: SetupPacket, at now: Duration) -> ControlOutcome {
    var transfer = ControlTransfer(setup)
    let none: [UInt8] = []
    return control(&transfer, data: none.rawSpan, at: now)
  }

  /// Makes a control request. `data` is the data stage to the device, empty for any other.
  public mutating func control(
    _ transfer: inout ControlTransfer, data: RawSpan, at now: Duration
  ) -> ControlOutcome {
    guard isAttached else { return .disconnected }
    let setup = transfer.setup
    if transfer.fate == nil {
      let fate =
        transfer.isStandard ? FaultPlan.Fate() : faults.fate(ofTransferWith: Int(setup.length), isBulk: false)
      transfer.fate = fate
      begin(fate, notBefore: &transfer.notBefore, at: now)
    }
    let fate = transfer.fate ?? FaultPlan.Fate()
    if let notBefore = transfer.notBefore, now < notBefore { return .busy }
    let outcome = perform(setup, data: data, fate: fate, at: now)
    settle(at: now)
    if outcome != .busy { log(setup, fate, outcome, at: now) }
    return outcome
  }

  private mutating func perform(
    _ setup: SetupPacket, data: RawSpan, fate: FaultPlan.Fate, at now: Duration
  ) -> ControlOutcome {
    switch fate.ending {
    case .drop: return setup.isInput ? .busy : .data([])
    case .stall: return .stalled
    case .disconnect:
      detach(at: now, returnAfter: Fault.timeUnplugged)
      return .disconnected
    case .normal: break
    }
    switch answer(setup, data: data, corrupting: fate.corruptedOffset, at: now) {
    case .stall: return .stalled
    case .data(var bytes):
      guard setup.isInput else { return .data([]) }
      bytes = Array(bytes.prefix(Int(setup.length)))
      if let offset = fate.corruptedOffset, bytes.indices.contains(offset) { bytes[offset] ^= 0xFF }
      return .data(bytes)
    }
  }

  private mutating func answer(
    _ setup: SetupPacket, data: RawSpan, corrupting offset: Int?, at now: Duration
  ) -> ControlAnswer {
    if setup.requestType & 0x60 == 0, let answer = standardAnswer(to: setup, at: now) { return answer }
    guard let offset, !setup.isInput, offset < data.byteCount else { return device.control(setup, data: data, at: now) }
    var copy = unsafe data.withUnsafeBytes { unsafe [UInt8]($0) }
    copy[offset] ^= 0xFF
    return device.control(setup, data: copy.rawSpan, at: now)
  }

  private func log(_ setup: SetupPacket, _ fate: FaultPlan.Fate, _ outcome: ControlOutcome, at now: Duration) {
    guard let recorder else { return }
    let ending: TransferRecord.Outcome =
      switch outcome {
      case .stalled: .stalled
      case .disconnected: .disconnected
      case .data, .busy: .done
      }
    let byteCount: Int = if case .data(let bytes) = outcome, setup.isInput { bytes.count } else { Int(setup.length) }
    recorder(
      TransferRecord(
        number: fate.number, time: now, setup: setup, endpoint: .zero, byteCount: byteCount, outcome: ending,
        fault: fate.text))
  }
}
