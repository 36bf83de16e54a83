import Synchronization

/// A moment that comes once.
final class Ending: Sendable {
  private enum State {
    case ahead([CheckedContinuation<Void, Never>])
    case come
  }

  private let state = Mutex(State.ahead([]))

  func come() {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard case .ahead(let waiters) = state else { return [] }
      state = .come
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns at that moment, or when the task is cancelled.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard case .ahead(let waiters) = state else { return true }
          state = .ahead(waiters + [continuation])
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      come()
    }
  }
}
