import FlashCore
import Synchronization

/// Says what is being waited for when nothing has been seen for five seconds, and again every thirty.
final class SilenceWatch: Sendable {
  private struct State {
    var waitingFor: SessionEvent.Waiting?
    var lastSign: Duration
    var lastSaid: Duration?
  }

  static let patience = Duration.seconds(5)
  static let repetition = Duration.seconds(30)

  private let console: Console
  private let clock: any LinkClock
  private let state: Mutex<State>

  init(console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
    state = Mutex(State(waitingFor: nil, lastSign: clock.now, lastSaid: nil))
  }

  /// Something moved: the silence begins anew.
  func sawProgress() {
    let now = clock.now
    state.withLock {
      $0.lastSign = now
      $0.lastSaid = nil
    }
  }

  /// A wait begins. A new wait for the same thing does not end the silence.
  func waits(for waiting: SessionEvent.Waiting) {
    state.withLock { $0.waitingFor = waiting }
  }

  /// Looks whether it is time to say something.
  func tick() {
    let now = clock.now
    let due = state.withLock { state -> (SessionEvent.Waiting, Duration)? in
      guard let waiting = state.waitingFor, now - state.lastSign >= Self.patience else { return nil }
      if let said = state.lastSaid, now - said < Self.repetition { return nil }
      state.lastSaid = now
      return (waiting, now - state.lastSign)
    }
    guard let (waiting, silence) = due else { return }
    console.event(
      "waiting",
      ["for": .string(waiting.words), "milliseconds": .integer(silence.milliseconds)])
    console.info("waiting for \(waiting.words) (\(Units.duration(silence)) so far)")
  }

  /// Ticks once a second while `body` runs.
  func watching<Result: Sendable>(
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    let ticker = Task { [self] in
      while !Task.isCancelled {
        do { try await clock.sleep(for: .seconds(1)) } catch { return }
        tick()
      }
    }
    defer { ticker.cancel() }
    return try await body()
  }
}

extension SessionEvent.Waiting {
  /// What is waited for, after "waiting for".
  var words: String {
    switch self {
    case .reply(let request): "the device's reply to \(request)"
    case .buffer(let available, let needed):
      "room in the device's buffer (\(Units.bytes(available)) free, \(Units.bytes(needed)) needed)"
    case .settling(let image, let state, let percent):
      "the device to finish \(image) (state: \(state)\(percent.map { ", \($0) %" } ?? ""))"
    case .arrival(let selector): "\(selector) to appear"
    case .comeback(let selector): "the device to come back at \(selector)"
    }
  }
}
