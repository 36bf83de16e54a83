/// What a programmer sends without being asked, and without an end.
enum FirehoseBabble: Equatable, Sendable {
  case logs(every: Duration, next: Duration)
  case data
}

extension FirehoseSimulation {
  /// Bytes of one transfer of data that nobody asked for.
  private static let babbleByteCount = 16 << 10

  /// The next piece of it; `nil` while it is quiet.
  mutating func nextBabble() -> TransmitAnswer? {
    switch babble {
    case nil: return nil
    case .data: return .transfer([UInt8](repeating: 0xA5, count: Self.babbleByteCount), isTerminated: false)
    case .logs(let interval, let next):
      guard next <= now else { return nil }
      babble = .logs(every: interval, next: now + interval)
      return .transfer(FirehoseDocument.log("INFO: still alive"), isTerminated: true)
    }
  }
}
