import Glibc

/// One thread that polls every descriptor some task waits for.
final class ReadinessMonitor: Sendable {
  enum Direction: Equatable, Sendable {
    case readable
    case writable

    fileprivate var events: Int16 { Int16(self == .readable ? POLLIN : POLLOUT) }
  }

  /// The descriptor became ready.
  struct Ready: Sendable {}

  private struct Waiter {
    var descriptor: Int32
    var direction: Direction
    var continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var lastIdentifier: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
    /// Waits that were cancelled before they had begun.
    var cancelled: Set<UInt64> = []
    var isRunning = false
  }

  /// The monitor of the whole process: its thread starts with the first wait.
  static let shared = ReadinessMonitor()

  private let state = Locked(State())
  /// A pipe to itself: a byte in it ends the poll when the set of descriptors has changed.
  private let wake = WakePipe()

  /// Waits until `descriptor` can be read or written, has an error, or was hung up. Returns `nil` when the task was
  /// cancelled. The descriptor must stay open as long as the wait lasts.
  func wait(until direction: Direction, _ descriptor: Int32) async -> Ready? {
    let identifier = state.withLock { state in
      state.lastIdentifier += 1
      return state.lastIdentifier
    }
    let isReady = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = Waiter(descriptor: descriptor, direction: direction, continuation: continuation)
        if !begin(waiter, identifier) { continuation.resume(returning: false) }
      }
    } onCancel: {
      cancel(identifier)
    }
    _ = state.withLock { $0.cancelled.remove(identifier) }
    return isReady ? Ready() : nil
  }

  private func begin(_ waiter: Waiter, _ identifier: UInt64) -> Bool {
    let (isAccepted, mustStart) = state.withLock { state -> (Bool, Bool) in
      guard !state.cancelled.contains(identifier) else { return (false, false) }
      state.waiters[identifier] = waiter
      defer { state.isRunning = true }
      return (true, !state.isRunning)
    }
    guard isAccepted else { return false }
    if mustStart, wake == nil || EventThread.start({ self.run() }) != 0 {
      // Without a thread nobody would ever be resumed.
      return state.withLock { state in
        state.isRunning = false
        return state.waiters.removeValue(forKey: identifier) == nil
      }
    }
    signal()
    return true
  }

  private func cancel(_ identifier: UInt64) {
    let waiter = state.withLock { state -> Waiter? in
      guard let waiter = state.waiters.removeValue(forKey: identifier) else {
        state.cancelled.insert(identifier)
        return nil
      }
      return waiter
    }
    waiter?.continuation.resume(returning: false)
    if waiter != nil { signal() }
  }

  private func signal() { wake?.signal() }

  /// The thread's body.
  private func run() {
    while let wake {
      let waiters = state.withLock { Array($0.waiters) }
      var polled = [pollfd(fd: wake.input, events: Int16(POLLIN), revents: 0)]
      polled += waiters.map { pollfd(fd: $0.value.descriptor, events: $0.value.direction.events, revents: 0) }
      guard unsafe poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      if polled[0].revents != 0 { wake.drain() }
      for (entry, result) in zip(waiters, polled.dropFirst()) where result.revents != 0 {
        finish(entry.key)
      }
    }
  }

  private func finish(_ identifier: UInt64) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: identifier) }
    waiter?.continuation.resume(returning: true)
  }
}
