/// The limits of Firehose sessions, all of them the host's choice. Source: `docs/protocols/firehose.md` 8.
public struct FirehosePolicy: Equatable, Sendable {
  /// For a document to be taken; then what the device has logged is read, and it is sent once more.
  public var documentLimit: Duration = .milliseconds(2500)
  /// One look whether something has come.
  public var poll: Duration = .seconds(1)
  /// Silence that ends logs which nobody asked for.
  public var quiet: Duration = .milliseconds(100)
  /// How long a programmer that has just been started may take until it logs, or answers.
  public var startLimit: Duration = .seconds(5)
  /// How long a banner is waited for before anything is asked.
  public var bannerLimit: Duration = .seconds(1)
  /// `configure` is sent again after so long.
  public var configureRepeat: Duration = .seconds(1)
  /// The silence allowed to a device that has begun to answer, where the command's own limit is shorter: what logs is at
  /// work, and some answer late.
  public var begunLimit: Duration = .seconds(30)
  /// How long one response is waited for in all, however much is logged meanwhile.
  public var answerTotal: Duration = .seconds(120)
  /// The same for work that takes long by its nature, on top of what its bytes take (`workTotal`). Logs show that it goes
  /// on, so that what the user says of silence leaves this alone.
  public var workAllowance: Duration = .seconds(240)
  /// How long one device is listened to that nobody has asked anything, and that does not fall silent.
  public var drainTotal: Duration = .seconds(30)
  /// The same between two commands, where one left-over response is looked for.
  public var stockTotal: Duration = .seconds(1)
  /// The response that begins or refuses raw data; every log begins the time anew.
  public var setUpLimit: Duration = .seconds(10)
  /// Raw data from the host: the longest time without progress.
  public var writeIdleLimit: Duration = .seconds(10)
  /// Raw data from the device: the same.
  public var readIdleLimit: Duration = .seconds(30)
  /// The response behind raw data.
  public var finalLimit: Duration = .seconds(120)
  /// The response of a device that has stopped taking raw data.
  public var stoppedLimit: Duration = .seconds(30)
  public var eraseLimit: Duration = .seconds(30)
  /// On top of `eraseLimit`, for every 64 MiB that are erased.
  public var eraseLimitPer64MiB: Duration = .seconds(1)
  public var patchLimit: Duration = .seconds(10)
  public var infoLimit: Duration = .seconds(30)
  /// For every 512 MiB that a digest covers.
  public var digestLimit: Duration = .seconds(30)
  public var powerLimit: Duration = .seconds(5)
  /// Silence after which a device that restarts has said all.
  public var powerQuiet: Duration = .seconds(1)
  public var tableLimit: Duration = .seconds(30)
  public var nopLimit: Duration = .seconds(1)
  /// The size of transfers of raw data, a multiple of every packet size.
  public var transferByteCount = 256 << 10
  /// Raw data of one command at most, so that a signal is heeded in time; a multiple of every sector size.
  public var pieceByteCount: UInt64 = 64 << 20
  /// Lines that a device may log before it answers.
  public var logLimit = 1 << 14
  /// Bytes between documents that are overlooked behind raw data.
  public var garbageByteCount: UInt64 = 16
  /// Bytes between documents that are passed over while a response is waited for: more are data that nobody asked for.
  public var noiseByteCount: UInt64 = 64 << 10
  /// Raw data of the device whose length nobody has said, at most.
  public var unannouncedByteCount: UInt64 = 1 << 30
  /// Bytes that are read away from a device which another session has left in the middle of sending.
  public var leftoverByteCount: UInt64 = 1 << 30

  public init() {}

  /// The limits for a kind of storage: SPI-NOR takes its time.
  public init(_ memory: FirehoseMemory?) {
    if memory == .spinor { writeIdleLimit = .seconds(60) }
  }

  /// What answers at once may log for so many times the user's `--timeout`, and no longer.
  static let logsPerTimeout = 4

  /// Puts the user's `--timeout` in place of every limit on silence; looks stay as short as they are. What a device may
  /// log without answering gets shorter with it.
  public mutating func replaceLimits(with timeout: Duration) {
    documentLimit = timeout
    startLimit = timeout
    begunLimit = timeout
    setUpLimit = timeout
    writeIdleLimit = timeout
    readIdleLimit = timeout
    finalLimit = timeout
    stoppedLimit = timeout
    eraseLimit = timeout
    eraseLimitPer64MiB = .zero
    patchLimit = timeout
    infoLimit = timeout
    digestLimit = timeout
    powerLimit = timeout
    tableLimit = timeout
    nopLimit = min(nopLimit, timeout)
    bannerLimit = min(bannerLimit, timeout)
    configureRepeat = min(configureRepeat, timeout)
    answerTotal = min(answerTotal, timeout * Self.logsPerTimeout)
    drainTotal = min(drainTotal, timeout * Self.logsPerTimeout)
  }

  /// For an erase of so many bytes; `nil` for a whole physical partition of unknown size.
  func eraseLimit(of byteCount: UInt64?) -> Duration {
    let units = min((byteCount ?? 512 << 30) >> 26, 1 << 16)
    return eraseLimit + eraseLimitPer64MiB * Int(units)
  }

  /// For a digest over so many bytes.
  func digestLimit(of byteCount: UInt64) -> Duration {
    digestLimit * Int(1 + min(byteCount >> 29, 1 << 16))
  }

  /// How long work on so many bytes may take in all, logs and whatever the user says of silence notwithstanding: as if
  /// done at 4 MB/s.
  func workTotal(of byteCount: UInt64?) -> Duration {
    workAllowance + .seconds(Int64(min((byteCount ?? 512 << 30) >> 22, 1 << 24)))
  }
}
