/// The limits and sizes of sessions with XML agents. Source of the defaults: `docs/protocols/mtk-xml.md` 2.2 and 13.
public struct XMLAgentPolicy: Equatable, Sendable {
  /// For the first words of a stage: seconds are usual.
  public var startLimit: Duration = .seconds(30)
  /// For a START where one may have been read before.
  public var attachLimit: Duration = .milliseconds(700)
  /// For an acknowledgement or a document.
  public var answerLimit: Duration = .seconds(10)
  /// Between two messages of a command that sets something up, and behind a chunk.
  public var workLimit: Duration = .seconds(30)
  /// The same of a command that erases, unpacks or updates: 40 seconds are not rare.
  public var patientLimit: Duration = .seconds(300)
  /// How long the next START is waited for when a command is over.
  public var nextStartLimit: Duration = .seconds(10)
  /// How long a device that lets go may take to say START, which nobody knows whether it does.
  public var leaveLimit: Duration = .seconds(1)
  /// Longest time without any progress of a chunk.
  public var dataIdleLimit: Duration = .seconds(10)
  /// How long the device may take to the next point where a transfer can be given up.
  public var cancelLimit: Duration = .seconds(10)
  /// How long a device may be away when it changes its speed.
  public var returnLimit: Duration = .seconds(20)

  /// Bytes of a message at most.
  public var messageByteCount: UInt32 = 0x20_0000
  /// Bytes of a log frame at most.
  public var logByteCount: UInt32 = 64 << 10
  /// Bytes of a result document that is kept in memory.
  public var documentByteCount: UInt64 = 0x20_0000
  /// Bytes of one chunk at most: agents ask for two megabytes.
  public var packetByteCount: UInt64 = 64 << 20
  /// Frames without data in one command at most: one that never comes to an end has more.
  public var frameCount = 200_000
  /// Bytes of one bulk transfer.
  public var transferByteCount = 64 << 10
  /// What this host calls itself.
  public var hostInfo = "flashctl"
  public var logLevel = XMLAgentCommand.LogLevel.info
  public var logChannel = XMLAgentCommand.LogChannel.uart

  public init() {}

  /// Puts the user's `--timeout` in place of every limit on silence. Those that only tell one state from another stay.
  public mutating func replaceLimits(with timeout: Duration) {
    startLimit = timeout
    answerLimit = timeout
    workLimit = timeout
    patientLimit = timeout
    nextStartLimit = timeout
    dataIdleLimit = timeout
  }
}
