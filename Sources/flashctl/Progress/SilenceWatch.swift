import FlashCore
import Synchronization

/// Says what is being waited for whenever nothing has been shown for five seconds; `SilenceRecord` knows how often.
final class SilenceWatch: Sendable {
  private let console: Console
  private let clock: any LinkClock
  private let record = Mutex(SilenceRecord())

  init(console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
  }

  /// A wait begins.
  func waits(for waiting: SessionEvent.Waiting) { say(record.withLock { $0.wait(for: waiting) }) }

  /// Looks whether it is time to say something.
  private func tick() {
    let isTerminal = console.terminal.width != nil && console.level >= .info
    say(record.withLock { $0.look(at: .now, lastShown: console.lastShown, isTerminal: isTerminal) })
  }

  private func say(_ sayings: [SilenceRecord.Saying]) {
    guard !sayings.isEmpty else { return }
    let words = record.withLock { $0.waiting?.words } ?? ""
    for saying in sayings {
      switch saying {
      case .event(let elapsed):
        console.event("waiting", ["for": .string(words), "milliseconds": .integer(elapsed.milliseconds)])
      case .line(_, isAgain: false): console.info("waiting for \(words)")
      case .line(let elapsed, isAgain: true): console.info("still waiting for \(words), \(Units.duration(elapsed))")
      case .status(let elapsed): console.status("waiting for \(words), \(Units.duration(elapsed))")
      case .clear: console.clearStatus { $0.hasPrefix("waiting for ") }
      }
    }
    let moment = console.lastShown
    record.withLock { $0.shown(at: moment) }
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
    defer {
      ticker.cancel()
      say(record.withLock { $0.end() })
    }
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
    case .input(let source): "bytes from \(source)"
    case .arrival(let selector): "\(selector) to appear"
    case .comeback(let selector): "the device to come back at \(selector)"
    }
  }
}
