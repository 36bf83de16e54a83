import FlashCore

/// How a wait with a limit ended.
enum WaitOutcome<Value: Sendable>: Sendable {
  case finished(Value)
  case timedOut
  case cancelled
}

extension LinkClock {
  /// Runs `wait`, which returns `nil` when it was cancelled, for at most `limit`.
  ///
  /// Returns only when `wait` has returned; past the limit it is cancelled.
  func wait<Value: Sendable>(
    atMost limit: Duration, for wait: @escaping @Sendable () async -> Value?
  ) async -> WaitOutcome<Value> {
    await withTaskGroup(of: WaitOutcome<Value>.self) { group in
      group.addTask { await wait().map { .finished($0) } ?? .cancelled }
      group.addTask {
        do { try await sleep(for: limit) } catch { return .cancelled }
        return .timedOut
      }
      let first = await group.next() ?? .cancelled
      group.cancelAll()
      // What became ready while the limit passed has become ready.
      for await other in group { if case .finished = other { return other } }
      return first
    }
  }
}
