/// The clock a link's time limits run on: the machine's, or a simulated device's own.
///
/// Families take every wait and every measured duration from here, so a session against a simulated device with
/// virtual time runs through minutes of waiting at once, and repeats exactly.
public protocol LinkClock: Sendable {
  /// Time since some fixed moment; never goes backwards.
  var now: Duration { get }
  /// Returns after `duration`, or throws as soon as the task is cancelled.
  func sleep(for duration: Duration) async throws(CancellationError)
}

/// The machine's monotonic clock.
public struct SystemLinkClock: LinkClock {
  private let start = ContinuousClock.now

  public init() {}

  public var now: Duration { ContinuousClock.now - start }

  public func sleep(for duration: Duration) async throws(CancellationError) {
    do { try await Task.sleep(for: duration, clock: .continuous) } catch { throw CancellationError() }
  }
}
