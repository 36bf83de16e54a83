import FlashCore

@testable import USBTransport

/// A clock that jumps: a sleep takes no time but moves `now` on, and runs what was planned for that time.
final class VirtualClock: LinkClock {
  private struct State {
    var now = Duration.zero
    var plan: [(time: Duration, action: @Sendable () -> Void)] = []
  }
  private let state = Locked(State())

  var now: Duration { state.withLock { $0.now } }

  /// Runs `action` in the first sleep that reaches `time`.
  func at(_ time: Duration, _ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.plan.append((time, action)) }
  }

  func sleep(for duration: Duration) async throws(CancellationError) {
    guard !Task.isCancelled else { throw CancellationError() }
    let due = state.withLock { state -> [@Sendable () -> Void] in
      state.now += duration
      let due = state.plan.filter { $0.time <= state.now }.sorted { $0.time < $1.time }
      let now = state.now
      state.plan.removeAll { $0.time <= now }
      return due.map(\.action)
    }
    for action in due { action() }
    await Task.yield()
    if Task.isCancelled { throw CancellationError() }
  }
}

/// A clock on which only short pauses pass, at once; a limit never does.
final class PatientClock: LinkClock {
  private let passed = Locked(Duration.zero)
  private let onPause: @Sendable () -> Void

  init(onPause: @escaping @Sendable () -> Void = {}) { self.onPause = onPause }

  var now: Duration { passed.withLock { $0 } }

  func sleep(for duration: Duration) async throws(CancellationError) {
    if duration <= .milliseconds(50) {
      passed.withLock { $0 += duration }
      onPause()
      if Task.isCancelled { throw CancellationError() }
      return
    }
    do { try await Task.sleep(for: .seconds(3600)) } catch { throw CancellationError() }
  }
}
