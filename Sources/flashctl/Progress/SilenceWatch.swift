import FlashCore
import Synchronization

/// Says what is being waited for whenever nothing has been shown for five seconds.
final class SilenceWatch: Sendable {
  static let patience = Duration.seconds(5)

  private let console: Console
  private let clock: any LinkClock
  private let waitingFor = Mutex<SessionEvent.Waiting?>(nil)

  init(console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
  }

  /// A wait begins.
  func waits(for waiting: SessionEvent.Waiting) { waitingFor.withLock { $0 = waiting } }

  /// Looks whether it is time to say something.
  private func tick() {
    let silence = console.silence
    guard silence >= Self.patience, let waiting = waitingFor.withLock({ $0 }) else { return }
    console.event("waiting", ["for": .string(waiting.words), "milliseconds": .integer(silence.milliseconds)])
    console.info("waiting for \(waiting.words)")
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
    case .rawData(let image): "the device to take the data of \(image)"
    case .settling(let image, let state, let percent):
      "the device to finish \(image) (state: \(state)\(percent.map { ", \($0) %" } ?? ""))"
    case .arrival(let selector): "\(selector) to appear"
    case .comeback(let selector): "the device to come back at \(selector)"
    }
  }
}
