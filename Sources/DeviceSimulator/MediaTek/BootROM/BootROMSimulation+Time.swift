import MediaTek

/// What a simulated device does as time goes by.
extension BootROMSimulation {
  static let readyInterval = Duration.milliseconds(20)

  /// How long what was said last may wait for the host.
  private static let lastWordsLimit = Duration.milliseconds(300)

  var nextWake: Duration? {
    [nextReady, windowEnd, watchdogEnd, vanishing, leaving, booting, outcomeLimit].compactMap { $0 }.min()
  }

  /// The device has been turned on, or reset on the bus: its window begins.
  mutating func start(at now: Duration) {
    self.now = now
    if settings.actor == .preloader {
      windowEnd = now + (quirks.hasShortWindow ? .milliseconds(300) : settings.window)
    }
    if let limit = quirks.vanishesAfter { vanishing = now + .milliseconds(Int64(clamping: limit.value)) }
    if case .command = state { watchCommands() }
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    if let due = nextReady, due <= self.now {
      if outbox.isEmpty { put(BootROMToken.ready) }
      nextReady = self.now + Self.readyInterval
    }
    if let end = windowEnd, end <= self.now { finish(with: .turnedOff) }
    if let end = vanishing, end <= self.now {
      outbox = []
      finish(with: .turnedOff)
    }
    if let end = watchdogEnd, end <= self.now {
      outbox = []
      finish(with: .restart)
    }
    if let end = outcomeLimit, end <= self.now { outbox = [] }
    if let end = booting, end <= self.now { finish(with: .boots) }
    if let end = leaving, end <= self.now { finish(with: .stays) }
  }

  /// The device is done here. What it has said already is still read.
  mutating func finish(with outcome: Outcome) {
    if self.outcome == nil {
      self.outcome = outcome
      outcomeLimit = now + Self.lastWordsLimit
    }
    state = .deaf
    (nextReady, windowEnd, watchdogEnd) = (nil, nil, nil)
    (vanishing, leaving, booting) = (nil, nil, nil)
  }

  /// In command state nothing but the watchdog ends a session. A preloader kicks it with each command.
  mutating func watchCommands() {
    windowEnd = nil
    nextReady = nil
    guard settings.watchdogTime > .zero, !isWatchdogStopped else { return watchdogEnd = nil }
    if watchdogEnd == nil || settings.isPreloader { watchdogEnd = now + settings.watchdogTime }
  }

  mutating func stopWatchdog() {
    isWatchdogStopped = true
    watchdogEnd = nil
  }

  /// STAY_STILL: it leaves in a moment.
  mutating func leaveSoon() {
    state = .deaf
    leaving = now + .milliseconds(100)
  }

  mutating func stopReady() { nextReady = nil }

  /// It goes on by itself after a while; its window does not count any more.
  mutating func boot(after limit: Duration) {
    windowEnd = nil
    booting = now + limit
  }
}
