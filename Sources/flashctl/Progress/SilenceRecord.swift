import FlashCore

/// What has been said of a wait, and when it is time to say more. No output: `SilenceWatch` does what this says.
///
/// A wait is told once: a terminal's status line counts the seconds from then on, elsewhere the line comes again after a
/// minute. JSON has an event every five seconds.
struct SilenceRecord {
  static let patience = Duration.seconds(5)
  /// A line that nobody sees change comes again after so long.
  static let repetition = Duration.seconds(60)

  /// Something to show, with the time that the wait has taken.
  enum Saying: Equatable {
    case event(Duration)
    case line(Duration, isAgain: Bool)
    case status(Duration)
    /// The wait is over: its status line goes away.
    case clear
  }

  /// A silence that somebody has been told of.
  private struct Told {
    var start: ContinuousClock.Instant
    var line: ContinuousClock.Instant
    var event: ContinuousClock.Instant
    /// When the console showed something last, as far as this record had it do so.
    var shown: ContinuousClock.Instant
  }

  private(set) var waiting: SessionEvent.Waiting?
  private var told: Told?

  /// A wait begins; one for the same thing goes on.
  mutating func wait(for waiting: SessionEvent.Waiting) -> [Saying] {
    defer { self.waiting = waiting }
    return self.waiting == waiting ? [] : end()
  }

  /// What to say now. `lastShown` is when the console showed something last.
  mutating func look(
    at now: ContinuousClock.Instant, lastShown: ContinuousClock.Instant, isTerminal: Bool
  ) -> [Saying] {
    guard waiting != nil else { return [] }
    guard var known = told, known.shown == lastShown else {
      // Somebody else has shown something: another silence.
      let over = end()
      guard now - lastShown >= Self.patience else { return over }
      told = Told(start: lastShown, line: now, event: now, shown: lastShown)
      return over + [.event(now - lastShown), .line(now - lastShown, isAgain: false)]
    }
    var sayings: [Saying] = []
    let elapsed = now - known.start
    if now - known.event >= Self.patience {
      sayings.append(.event(elapsed))
      known.event = now
    }
    if isTerminal {
      sayings.append(.status(elapsed))
    } else if now - known.line >= Self.repetition {
      sayings.append(.line(elapsed, isAgain: true))
      known.line = now
    }
    told = known
    return sayings
  }

  /// What was said has been shown, last at `moment`.
  mutating func shown(at moment: ContinuousClock.Instant) { told?.shown = moment }

  /// Nothing is waited for any more, or something else.
  mutating func end() -> [Saying] {
    defer { told = nil }
    return told == nil ? [] : [.clear]
  }
}
