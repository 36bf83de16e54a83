public import FlashCore
import Synchronization

/// A clock that stands still until somebody waits, and then jumps to the end of that wait.
///
/// With it a session against a simulated device takes no time, whatever limits and delays are in it, and repeats
/// exactly. It suits one task at a time: of two waits that overlap, the shorter one is not waited for.
public final class VirtualLinkClock: LinkClock {
  private let time = Mutex<Duration>(.zero)

  public init() {}

  public var now: Duration { time.withLock { $0 } }

  /// Moves on to `moment`; a moment that has passed changes nothing.
  public func advance(to moment: Duration) { time.withLock { $0 = max($0, moment) } }

  /// Moves on by `duration`.
  public func advance(by duration: Duration) { time.withLock { $0 += max(.zero, duration) } }

  public func sleep(for duration: Duration) async throws(CancellationError) {
    guard !Task.isCancelled else { throw CancellationError() }
    advance(by: duration)
    await Task.yield()
  }
}
