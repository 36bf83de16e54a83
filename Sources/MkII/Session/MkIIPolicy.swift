/// The limits and sizes of a Mk II session, all of them the host's choice.
///
/// Source of the defaults: `docs/protocols/mkii.md` 4.2, 6, 9.8 and 11.2.
public struct MkIIPolicy: Equatable, Sendable {
  /// For writing a message, and again for reading its reply.
  public var messageLimit: Duration = .seconds(5)
  /// One entry for each attempt of PING.
  public var pingLimits: [Duration] =
    [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)] + Array(repeating: .seconds(5), count: 6)
  /// Raw data: the longest time without any progress.
  public var rawIdleLimit: Duration = .seconds(10)
  /// How long the device may have less room than the next block needs, without any change.
  public var creditLimit: Duration = .seconds(120)
  /// How long the device may work on what it has, without any change.
  public var finishingLimit: Duration = .seconds(600)
  /// How long one wait for room or for the end may take with changes, so that no device keeps us for ever.
  public var patience: Duration = .seconds(7200)
  /// How long the status must be unchanged before a device without state 5 counts as done.
  public var quietPeriod: Duration = .seconds(5)
  /// The same while its state names work still to be done (init, writing, finishing).
  public var workingQuietPeriod: Duration = .seconds(60)
  /// The time between two status polls.
  public var pollInterval: Duration = .milliseconds(100)
  /// For the one status poll after a failure or a cancellation.
  public var lastPollLimit: Duration = .seconds(1)
  /// Replies to other requests that are skipped while waiting for one.
  public var staleReplies = 8
  /// Datagrams of other Phonet resources that are skipped while waiting for one.
  public var otherDatagrams = 64
  /// Bytes announced by one PREPARE and sent to the raw endpoint. At least 1.
  public var blockByteCount: UInt32 = 0x10_0000
  /// Bytes of one transfer inside a block: the size of a buffer of the device (section 3).
  public var transferByteCount = 0x2_0000
  /// Whether the headers of images with several parts describe them (blocks 34): nobody has seen it (9.3).
  public var sendsParts = true

  public init() {}

  /// The defaults, with the user's `--timeout` in place of every limit on silence.
  ///
  /// PING's attempts together last that long; the quiet period, which decides success, stays.
  public init(timeout: Duration?) {
    self.init()
    if let timeout { replaceLimits(with: timeout) }
  }

  /// Puts `timeout` in place of every limit on silence.
  public mutating func replaceLimits(with timeout: Duration) {
    messageLimit = timeout
    rawIdleLimit = timeout
    creditLimit = timeout
    finishingLimit = max(timeout, workingQuietPeriod + quietPeriod)
    var left = timeout
    var limits: [Duration] = []
    for limit in pingLimits where left > .zero {
      limits.append(min(limit, left))
      left -= limit
    }
    if left > .zero, let last = limits.indices.last { limits[last] += left }
    pingLimits = limits
  }
}
