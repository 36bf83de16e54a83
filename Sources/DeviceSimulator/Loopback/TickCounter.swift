import USBWire
import WireFormat

/// What the interrupt endpoint says: how many intervals have passed since the device was configured, 4 bytes, little
/// endian. What the host has no time to read is not kept: it gets the newest count.
struct TickCounter: Sendable {
  private let interval: Duration
  /// When counting began; `nil` while the device is not configured.
  private var start: Duration?
  private var reported: UInt32 = 0

  init(interval: Duration) { self.interval = interval }

  mutating func restart(at now: Duration) {
    start = now
    reported = 0
  }

  private func ticks(at now: Duration) -> UInt32 {
    guard let start, now > start else { return 0 }
    return UInt32(truncatingIfNeeded: Int64(min((now - start) / interval, 1e15)))
  }

  mutating func transmit(at now: Duration) -> TransmitAnswer {
    let count = ticks(at: now)
    guard count != reported else { return .nothing }
    reported = count
    var bytes: [UInt8] = []
    bytes.append(littleEndian: count)
    return .transfer(bytes, isTerminated: true)
  }

  /// The next tick, unless one is waiting to be read already.
  func nextWake(after now: Duration) -> Duration? {
    guard let start, ticks(at: now) == reported else { return nil }
    return start + interval * Double(reported + 1)
  }
}
