/// What status and credit replies have shown of a device that works on an image, and when they last changed.
///
/// Decides when a wait is over: because there is room, because the image is done, or because nothing moves any more.
/// Source: `docs/protocols/mkii.md` 9.7, 9.8 and 11.2.
struct MkIIDeviceWatch: Sendable, Equatable {
  private let policy: MkIIPolicy
  private(set) var status: MkIIStatusReply?
  private(set) var credit: UInt32?
  private(set) var largestCredit: UInt32 = 0
  /// The state before the first block.
  private(set) var firstState: UInt32?
  /// Status replies in a row that said "finished" after the last block.
  private var finishedCount = 0
  /// Whether the state has been another than "finished" since the image began.
  private var hasWorked = false
  private var statusChange: Duration = .zero
  private var lastChange: Duration = .zero
  private var waitStart: Duration = .zero

  init(policy: MkIIPolicy) { self.policy = policy }

  /// A wait begins: a block was sent, or the image was begun.
  mutating func beginWait(now: Duration) {
    statusChange = now
    lastChange = now
    waitStart = now
  }

  mutating func see(_ status: MkIIStatusReply, now: Duration) {
    if firstState == nil { firstState = status.state }
    if status.state != MkIIImageState.finished { hasWorked = true }
    if status != self.status {
      statusChange = now
      lastChange = now
    }
    self.status = status
  }

  mutating func see(credit: UInt32, now: Duration) {
    if credit != self.credit { lastChange = now }
    self.credit = credit
    largestCredit = max(largestCredit, credit)
  }

  /// Counts a status reply after the last block; true when the device has said "finished" twice.
  ///
  /// Twice, so that one damaged reply cannot make a success; and a state that was "finished" already when the image
  /// began says nothing until another has been seen.
  mutating func saysFinished() -> Bool {
    finishedCount = status?.state == MkIIImageState.finished && hasWorked ? finishedCount + 1 : 0
    return finishedCount >= 2
  }

  var mayBeFinished: Bool { finishedCount > 0 }

  /// The rule for devices whose last state has another code: everything consumed, nothing changed for a while, and
  /// the state is not the one from before the first block.
  func isQuiet(now: Duration) -> Bool {
    guard let status, let credit, credit == largestCredit, credit > 0, status.state != firstState else { return false }
    let isWorking = MkIIImageState.working.contains(status.state)
    return now - statusChange >= (isWorking ? policy.workingQuietPeriod : policy.quietPeriod)
  }

  /// How long nothing has changed, when that is longer than `limit` or the whole wait has been too long.
  func stalled(limit: Duration, now: Duration) -> Duration? {
    if now - lastChange >= limit { return now - lastChange }
    return now - waitStart >= policy.patience ? now - waitStart : nil
  }
}
