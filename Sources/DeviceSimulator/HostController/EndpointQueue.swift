import USBWire

/// The transfers of one endpoint, first come first served.
struct EndpointQueue: Sendable {
  /// A transfer at the front of its queue, with what the port keeps of it.
  struct Active: Sendable {
    let urb: URB
    var output: OutputTransfer?
    var control: ControlTransfer?
    /// Since when it could have moved; `nil` while the device makes it wait.
    var readySince: Duration?
  }

  private struct Waiting {
    /// `nil` once it has had its turn.
    var urb: URB?
    var since: Duration
  }

  private(set) var active: Active?
  private var waiting: [Waiting] = []
  /// Where the next waiting transfer stands: those before it have had their turn.
  private var next = 0

  var isEmpty: Bool { active == nil }

  mutating func append(_ urb: URB, at now: Duration) {
    if active == nil {
      begin(urb, since: now)
    } else {
      waiting.append(Waiting(urb: urb, since: now))
    }
  }

  /// Notes how far the first transfer has come.
  mutating func update(_ transfer: Active) { active = transfer }

  /// Ends the first transfer and lets the next one begin.
  mutating func advance() {
    active = nil
    guard next < waiting.count else { return }
    let following = waiting[next]
    waiting[next].urb = nil
    next += 1
    if next == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      next = 0
    } else if next >= 64, next * 2 >= waiting.count {
      waiting.removeFirst(next)
      next = 0
    }
    if let urb = following.urb { begin(urb, since: following.since) }
  }

  /// Takes a transfer out, wherever it stands.
  mutating func remove(_ sequence: UInt32) -> URB? {
    if let urb = active?.urb, urb.request.sequence == sequence {
      advance()
      return urb
    }
    let index = waiting[next...].firstIndex { $0.urb?.request.sequence == sequence }
    guard let index else { return nil }
    return waiting.remove(at: index).urb
  }

  /// Takes out all transfers, in order.
  mutating func removeAll() -> [URB] {
    defer { self = EndpointQueue() }
    return (active.map { [$0.urb] } ?? []) + waiting[next...].compactMap(\.urb)
  }

  private mutating func begin(_ urb: URB, since: Duration) {
    let request = urb.request
    var transfer = Active(urb: urb, readySince: since)
    if request.endpoint.number == 0 {
      transfer.control = ControlTransfer(request.setup)
    } else if !request.endpoint.isInput {
      transfer.output = OutputTransfer(
        to: request.endpoint, byteCount: request.byteCount, isTerminated: request.flags.contains(.zeroPacket))
    }
    active = transfer
  }
}
