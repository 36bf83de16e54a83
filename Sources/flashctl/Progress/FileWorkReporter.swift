import FlashCore
import FlashImages
import Synchronization

/// Says what is done to files before they are used: on the status line of a terminal, a line every five seconds
/// elsewhere, `working` events in JSON. What is over soon is not mentioned.
final class FileWorkReporter: Sendable {
  private struct State {
    var work: ImageWork?
    var lastShown: Duration = .zero
    /// Whether the status line is this one's.
    var isShown = false
  }

  private let console: Console
  private let clock: any LinkClock
  private let state = Mutex(State())

  init(console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
  }

  @Sendable func handle(_ work: ImageWork) {
    // Something is going on, so nothing is being waited for.
    console.noteActivity()
    let isBar = console.terminal.width != nil && console.level >= .info
    let pace: Duration = isBar ? .milliseconds(100) : console.isJSON ? .milliseconds(250) : .seconds(5)
    let now = clock.now
    let (isDue, mustClear) = state.withLock { state -> (Bool, Bool) in
      if work.isFinished {
        defer { state = State() }
        return (false, state.isShown)
      }
      if state.work?.path != work.path || state.work?.kind != work.kind { state.lastShown = now }
      state.work = work
      guard now - state.lastShown >= pace else { return (false, false) }
      state.lastShown = now
      state.isShown = isBar
      return (true, false)
    }
    if mustClear { console.status(nil) }
    if isDue { show(work, isBar: isBar) }
  }

  private func show(_ work: ImageWork, isBar: Bool) {
    console.event(
      "working",
      [
        "work": .string(work.kind.rawValue), "file": .string(work.path), "bytes": .unsigned(work.byteCount),
        "total": work.total.map(JSONValue.unsigned) ?? .null,
      ])
    if isBar, let width = console.terminal.width {
      console.status(String(SafeText.line(work.words).prefix(width - 1)))
    } else if !console.isJSON {
      console.info(work.words)
    }
  }
}

extension ImageWork {
  /// `unpacking system.img.gz: 1.2 GB`.
  var words: String {
    "\(kind.rawValue) \(path): \(Units.bytes(byteCount))" + (total.map { " of \(Units.bytes($0))" } ?? "")
  }
}
