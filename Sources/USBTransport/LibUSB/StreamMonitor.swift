import FlashCore

/// Watches a stream's transfers: stops all of them when none completes for too long, or when it is told to.
///
/// The transfers themselves have no time limit: one that waits its turn behind three others is not late.
final class StreamMonitor: Sendable {
  private struct State {
    var reason: LinkError?
    /// Nothing is in flight any more, and never will be.
    var isOver = false
    var newest = 0
    var inFlight = 0
    /// When the last transfer completed, or the first was started.
    var lastProgress: Duration
  }

  private let transfers: [USBTransfer]
  private let clock: any LinkClock
  private let state: Locked<State>

  init(transfers: [USBTransfer], clock: any LinkClock) {
    self.transfers = transfers
    self.clock = clock
    state = Locked(State(lastProgress: clock.now))
  }

  /// Why the stream was stopped from outside the order of completions, if it was.
  var reason: LinkError? { state.withLock { $0.reason } }

  /// Starts a transfer, unless the stream was stopped: then it completes as cancelled.
  func start(_ index: Int, _ request: USBTransfer.Request) {
    let now = clock.now
    state.withLock { state in
      if state.inFlight == 0 { state.lastProgress = now }
      state.inFlight += 1
      state.newest = index
      transfers[index].start(request)
    }
  }

  func completed(left inFlight: Int) {
    let now = clock.now
    state.withLock { state in
      state.inFlight = inFlight
      state.lastProgress = now
    }
  }

  /// Cancels everything, the newest first. The first reason stays.
  func stop(_ reason: LinkError) {
    state.withLock { state in
      guard state.reason == nil, !state.isOver else { return }
      state.reason = reason
      for distance in 0..<transfers.count {
        transfers[(state.newest + transfers.count - distance) % transfers.count].cancel()
      }
    }
  }

  /// Watches while `body` runs, which ends with nothing in flight.
  ///
  /// The end of watching is not awaited: to wake a task that sleeps, only to see it return, takes as long as a short stream.
  func watching<Result>(idleLimit: Duration, _ body: () async -> Result) async -> Result {
    let watch = Task { await self.watch(idleLimit: idleLimit) }
    let result = await body()
    state.withLock { $0.isOver = true }
    watch.cancel()
    return result
  }

  /// Stops the stream as soon as something is in flight and nothing has completed for `idleLimit`; returns then, or
  /// when the task is cancelled.
  private func watch(idleLimit: Duration) async {
    while true {
      let now = clock.now
      let left = state.withLock { state in
        state.inFlight == 0 ? idleLimit : state.lastProgress + idleLimit - now
      }
      guard left > .zero else { return stop(.timedOut(after: idleLimit)) }
      do { try await clock.sleep(for: left) } catch { return }
    }
  }
}
