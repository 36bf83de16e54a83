/// The limits and sizes of sessions with XFlash agents. Source of the defaults: `docs/protocols/mtk-xflash.md` 13.
public struct XFlashPolicy: Equatable, Sendable {
  /// For a status that nothing has to be done for.
  public var statusLimit: Duration = .seconds(5)
  /// For the byte that an agent begins with.
  public var startLimit: Duration = .seconds(5)
  /// For "SYNC" after the first stage has been told about its hardware.
  public var synchronisedLimit: Duration = .seconds(10)
  /// For the status behind the settings of memory, which is trained then.
  public var memoryLimit: Duration = .seconds(10)
  /// For the second stage to say that it runs.
  public var secondStageLimit: Duration = .seconds(10)
  /// For the header of a data frame, and for every part of the data.
  public var dataLimit: Duration = .seconds(5)
  /// For the status behind a chunk: devices erase while they write.
  public var writeLimit: Duration = .seconds(30)
  /// The same where the agent unpacks a sparse image.
  public var unpackLimit: Duration = .seconds(300)
  /// Between two reports of progress while storage is erased.
  public var formatLimit: Duration = .seconds(30)
  /// For a device that has left to change its speed.
  public var comebackLimit: Duration = .seconds(10)
  /// Longest time that data may take to get away, without any progress.
  public var dataIdleLimit: Duration = .seconds(30)
  /// Silence behind an abort, after which the agent waits for commands again.
  public var quietLimit: Duration = .milliseconds(100)
  /// For the answer of an agent that runs already to its first question.
  public var attachLimit: Duration = .seconds(1)
  /// How long a command may go on that somebody wants to leave.
  public var grace: Duration = .seconds(10)

  /// Bytes of an earlier session that are read away.
  public var leftoverByteCount = 64 << 20
  /// Bytes of an answer that is kept in memory.
  public var answerByteCount: UInt64 = 64 << 10
  /// Bytes of a line of log that are kept; longer ones are read and cut.
  public var logLineByteCount: UInt64 = 4 << 10
  /// Lines of log in a row.
  public var logLimit = 10_000
  /// Bytes of a chunk to the device, whatever it would take; a multiple of 4096.
  public var chunkByteCount: UInt64 = 2 << 20
  /// What the device checks of what it is sent. Nothing, as with all hosts that are known: nobody has seen another level
  /// at work.
  public var checksumLevel: XFlashChecksumLevel = []
  /// Bytes of a transfer of data to the device.
  public var sendTransferByteCount = 256 << 10
  /// Bytes of a transfer from the device: more at once has lost data on other systems.
  public var receiveTransferByteCount = 64 << 10

  public init() {}

  /// Puts the user's `--timeout` in place of every limit on silence.
  public mutating func replaceLimits(with timeout: Duration) {
    statusLimit = timeout
    startLimit = timeout
    synchronisedLimit = timeout
    memoryLimit = timeout
    secondStageLimit = timeout
    dataLimit = timeout
    writeLimit = timeout
    unpackLimit = timeout
    formatLimit = timeout
    comebackLimit = timeout
    dataIdleLimit = timeout
  }
}
