import WireFormat

/// One image on its way into the device: what has arrived, what has left the buffer, and how far the device says it is.
///
/// Source: the progress model of `docs/protocols/mkii.md` 14.1; state codes and words of the status reply, 9.6.
struct RX51Upload: Sendable {
  enum Phase: Equatable {
    /// The first block has not arrived.
    case pending
    case initialising(since: Duration)
    case writing
    case finishing(since: Duration)
    case finished
  }

  let handle: UInt32
  let size: UInt64
  private let pace: Pace
  private(set) var phase = Phase.pending
  private(set) var received: UInt64 = 0
  private(set) var consumed: UInt64 = 0
  /// Where consumption at a rate is counted from.
  private var anchor: (time: Duration, consumed: UInt64)?

  /// How the device treats data that have arrived.
  struct Pace: Sendable {
    var rate: ConsumeRate
    var holdBack: UInt64
    var initTime: Duration
    var finishTime: Duration
    /// Nothing is ever taken out of the buffer.
    var isFrozen: Bool
  }

  init(handle: UInt32, size: UInt32, pace: Pace) {
    self.handle = handle
    self.size = UInt64(size)
    self.pace = pace
  }

  var buffered: UInt64 { received - consumed }
  var isComplete: Bool { received == size }
  var remaining: UInt64 { size - received }

  mutating func take(_ byteCount: Int) { received += UInt64(byteCount) }

  /// An announced block is in; the first one starts the image.
  mutating func blockArrived(at now: Duration) {
    if phase == .pending { phase = .initialising(since: now) }
    advance(to: now)
  }

  /// Lets the device work up to `now`.
  mutating func advance(to now: Duration) {
    if case .initialising(let since) = phase, now >= since + pace.initTime { phase = .writing }
    if phase == .writing { consume(at: now) }
    if phase == .writing, isComplete, consumed == size { phase = .finishing(since: now) }
    if case .finishing(let since) = phase, now >= since + pace.finishTime { phase = .finished }
  }

  private mutating func consume(at now: Duration) {
    guard !pace.isFrozen, consumed < received else {
      anchor = nil
      return
    }
    if consumed == 0, anchor == nil, received < min(pace.holdBack, size) { return }
    guard case .bytesPerSecond(let rate) = pace.rate else {
      consumed = received
      return
    }
    let start = anchor ?? (now, consumed)
    anchor = start
    let due = Double(rate) * ((now - start.time) / .seconds(1))
    consumed = min(received, start.consumed + UInt64(max(0, min(due, 9e18))))
    if consumed == received { anchor = nil }
  }

  /// When something changes without the host: the end of a phase, or data leaving a buffer that was `isFull`.
  func nextWake(after now: Duration, isFull: Bool) -> Duration? {
    switch phase {
    case .pending, .finished: return nil
    case .initialising(let since): return since + pace.initTime
    case .finishing(let since): return since + pace.finishTime
    case .writing:
      guard let anchor, case .bytesPerSecond(let rate) = pace.rate else { return nil }
      let target = isFull ? min(received, consumed + max(1, rate / 1000)) : received
      let seconds = Double(target - anchor.consumed) / Double(rate)
      return max(now, anchor.time + .seconds(seconds)) + .nanoseconds(1)
    }
  }

  /// The words of a status reply: state code, percentage, bytes written, kB/s, total.
  func status(at now: Duration) -> (state: UInt32, percent: UInt32, written: UInt32, speed: UInt32, total: UInt32) {
    let written = UInt32(clamping: consumed)
    let total = UInt32(clamping: size)
    switch phase {
    case .pending: return (1, 0, 0, 0, 0)
    case .initialising(let since): return (2, percent(now - since, of: pace.initTime), written, 0, total)
    case .writing: return (3, UInt32(clamping: consumed * 100 / size), written, speed, total)
    case .finishing(let since): return (4, percent(now - since, of: pace.finishTime), written, 0, total)
    case .finished: return (5, 100, written, 0, total)
    }
  }

  private var speed: UInt32 {
    guard consumed > 0, case .bytesPerSecond(let rate) = pace.rate else { return 0 }
    return UInt32(clamping: rate / 1000)
  }

  private func percent(_ elapsed: Duration, of whole: Duration) -> UInt32 {
    whole > .zero ? UInt32(max(0, min(100, elapsed / whole * 100))) : 0
  }
}
