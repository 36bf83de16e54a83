import FlashCore
import Synchronization

/// The progress of work on files: a bar on a terminal, a line every five seconds elsewhere, `progress` events in JSON.
final class FileProgress: Sendable {
  private struct State {
    var meter: ProgressMeter
    /// Bytes of the parts that are finished.
    var base: UInt64 = 0
    var lastShown: Duration
  }

  private let console: Console
  private let clock: any LinkClock
  private let state: Mutex<State>

  init(_ name: String, total: UInt64, console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
    let now = clock.now
    state = Mutex(State(meter: ProgressMeter(name: name, total: total, start: now), lastShown: now))
  }

  /// `done` bytes of the part at hand are done.
  func advance(to done: UInt64) {
    let isBar = console.terminal.width != nil && console.level >= .info
    let pace: Duration = isBar ? .milliseconds(100) : console.isJSON ? .milliseconds(250) : .seconds(5)
    let now = clock.now
    let due = state.withLock { state -> ProgressMeter? in
      state.meter.done = min(state.base + done, state.meter.total)
      guard now - state.lastShown >= pace else { return nil }
      state.lastShown = now
      return state.meter
    }
    guard let due else { return }
    console.event(
      "progress", ["name": .string(due.name), "bytes": .unsigned(due.done), "total": .unsigned(due.total)])
    if isBar, let width = console.terminal.width {
      console.status(due.bar(width: width, now: now))
    } else {
      console.info(due.line(now: now))
    }
  }

  /// A part of `byteCount` bytes is finished; the next one counts from 0 again.
  func finishPart(_ byteCount: UInt64) { state.withLock { $0.base += byteCount } }

  /// Takes the bar away.
  func end() { console.status(nil) }
}
