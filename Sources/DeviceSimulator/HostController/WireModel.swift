/// How fast the wire between host and device is: what a transfer costs in time, as on a bus with nothing else on it.
public enum WireModel: String, CaseIterable, Sendable {
  /// Transfers take no time of their own.
  case unlimited = "none"
  /// High speed: bulk moves at most 13 packets of 512 bytes in a microframe of 125 µs, 53.2 MB/s.
  case highSpeed = "hs"
  /// Super speed: bulk in packets of 1024 bytes moves 450 MB/s.
  case superSpeed = "ss"

  /// Bytes of every packet that carry no data.
  ///
  /// High speed: 55, of 7500 in a microframe (USB 2.0, table 5-10). Super speed: headers, CRC, framing, link commands
  /// and the host's own pace together; inferred from the 450 MB/s that good hosts reach of 500 (5 Gb/s in 8b/10b).
  private var overhead: Int { self == .superSpeed ? 114 : 55 }

  /// Nanoseconds for one packet of `byteCount` bytes.
  private func nanoseconds(packet byteCount: Int) -> Int64 {
    switch self {
    case .unlimited: 0
    // No fourteenth packet begins in a microframe, though there are bytes left.
    case .highSpeed where byteCount == 512: 125_000 / 13
    case .highSpeed: Int64(byteCount + overhead) * 125_000 / 7500
    case .superSpeed: Int64(byteCount + overhead) * 2
    }
  }

  /// How long the bus is taken by `byteCount` bytes in packets of `packetSize`; without bytes, by one empty packet.
  func duration(of byteCount: Int, packetSize: Int) -> Duration {
    guard self != .unlimited else { return .zero }
    let (full, rest) = byteCount.quotientAndRemainder(dividingBy: max(1, packetSize))
    var total = Int64(full) * nanoseconds(packet: packetSize)
    if rest > 0 || full == 0 { total += nanoseconds(packet: rest) }
    return .nanoseconds(total)
  }

  /// How long a control transfer takes the bus: setup and status stage beside its data.
  func duration(ofControl byteCount: Int) -> Duration {
    guard self != .unlimited else { return .zero }
    let stages = Duration.nanoseconds(nanoseconds(packet: 8) + nanoseconds(packet: 0))
    return stages + duration(of: byteCount, packetSize: self == .superSpeed ? 512 : 64)
  }
}

/// When the wire is free, for all endpoints of a device together.
struct WireSchedule: Sendable {
  let model: WireModel
  private(set) var freeAt = Duration.zero

  init(_ model: WireModel) { self.model = model }

  func isFree(at now: Duration) -> Bool { model == .unlimited || freeAt <= now }

  /// Takes the wire for `duration`, from when something was `ready` or the wire free, and returns the end. A timer that
  /// fired late costs nothing: what was waiting begins when the wire became free, not when somebody looked.
  mutating func take(_ duration: Duration, ready: Duration) -> Duration {
    guard model != .unlimited else { return ready }
    freeAt = max(freeAt, ready) + duration
    return freeAt
  }
}
