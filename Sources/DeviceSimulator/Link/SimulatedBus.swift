import FlashCore
import Synchronization

/// A port shared by the links to its device, with the waiting that a state machine does not do.
///
/// All access goes through one lock; nobody waits while holding it. A waiter is woken by the clock or by whatever
/// another task does at the port meanwhile.
final class SimulatedBus: Sendable {
  /// Why a wait ended without what was waited for.
  enum Interruption: Error, Equatable {
    case timedOut
    case cancelled
  }

  private struct State {
    var port: SimulatedPort
    /// Whether a link has the device open.
    var isOpen = false
    /// Counts what has been done at the port, so that a waiter notices what happened before it waits.
    var generation: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
  }

  private struct Waiter {
    var continuation: CheckedContinuation<Void, Never>
    var timer: Task<Void, Never>?
  }

  let clock: any LinkClock
  private let virtual: VirtualLinkClock?
  private let observer: @Sendable (PortEvent) -> Void
  private let state: Mutex<State>

  /// The virtual time a transfer takes: without any, a host that polls would poll for ever in the same moment.
  private static let virtualTransferTime: Duration = .milliseconds(1)

  init(port: SimulatedPort, clock: SimulatorConfiguration.Clock, observer: @escaping @Sendable (PortEvent) -> Void) {
    virtual = clock == .virtual ? VirtualLinkClock() : nil
    self.clock = virtual ?? SystemLinkClock() as any LinkClock
    self.observer = observer
    state = Mutex(State(port: port))
  }

  /// Opens the device for one link; `false` when another one has it.
  func takeOpening() -> Bool {
    state.withLock { state in
      defer { state.isOpen = true }
      return !state.isOpen
    }
  }

  func giveOpeningBack() { state.withLock { $0.isOpen = false } }

  /// Does something at the port, now.
  func perform<Result: Sendable>(_ body: (inout SimulatedPort, Duration) -> Result) -> Result {
    attempt(body).result
  }

  private func attempt<Result: Sendable>(
    _ body: (inout SimulatedPort, Duration) -> Result
  ) -> (result: Result, wake: Duration?, generation: UInt64) {
    let (outcome, events, woken) = state.withLock { state in
      let now = clock.now
      state.port.advance(to: now)
      let result = body(&state.port, now)
      state.generation += 1
      let woken = state.waiters
      state.waiters = [:]
      return ((result, state.port.nextWake, state.generation), state.port.takeEvents(), woken)
    }
    for waiter in woken.values {
      waiter.timer?.cancel()
      waiter.continuation.resume()
    }
    for event in events { observer(event) }
    return outcome
  }

  /// Repeats `body` whenever something may have changed, until it has a result or `deadline` has passed.
  func poll<Result: Sendable>(
    until deadline: Duration, _ body: (inout SimulatedPort, Duration) -> Result?
  ) async throws(Interruption) -> Result {
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let (result, wake, generation) = attempt(body)
      if let result {
        virtual?.advance(by: Self.virtualTransferTime)
        return result
      }
      guard clock.now < deadline else { throw .timedOut }
      await wait(until: min(deadline, wake ?? deadline), from: generation)
    }
  }

  /// Waits for `moment`, for something done at the port after `generation`, or for the task's cancellation.
  private func wait(until moment: Duration, from generation: UInt64) async {
    if let virtual {
      // Time moves on whatever the device says, so that every wait reaches its limit.
      virtual.advance(to: max(moment, virtual.now + .microseconds(1)))
      await Task.yield()
      return
    }
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        enter(Waiter(continuation: continuation), as: id, until: moment, from: generation)
      }
    } onCancel: {
      resume(id)
    }
  }

  private func enter(_ waiter: Waiter, as id: UInt64, until moment: Duration, from generation: UInt64) {
    let isWaiting = state.withLock { state in
      guard state.generation == generation, !Task.isCancelled else { return false }
      state.waiters[id] = waiter
      return true
    }
    guard isWaiting else { return waiter.continuation.resume() }
    let clock = clock
    let timer = Task {
      guard (try? await clock.sleep(for: moment - clock.now)) != nil else { return }
      self.resume(id)
    }
    let isGone = state.withLock { state in
      state.waiters[id]?.timer = timer
      return state.waiters[id] == nil
    }
    if isGone { timer.cancel() }
  }

  private func resume(_ id: UInt64) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
    waiter?.timer?.cancel()
    waiter?.continuation.resume()
  }
}
