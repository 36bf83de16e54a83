import FlashCore
import Synchronization

/// A clock that moves only when somebody waits on it.
final class ManualClock: LinkClock {
  private let time = Mutex<Duration>(.zero)

  var now: Duration { time.withLock { $0 } }

  func advance(by duration: Duration) { time.withLock { $0 += duration } }

  func sleep(for duration: Duration) async throws(CancellationError) {
    if Task.isCancelled { throw CancellationError() }
    advance(by: duration)
  }
}
