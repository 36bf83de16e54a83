/// The limits and sizes of sessions with boot ROMs and preloaders. Source of the defaults: `docs/protocols/mtk-brom.md` 5.
public struct BootROMPolicy: Equatable, Sendable {
  /// How long the device is listened to before the first byte is sent.
  public var listenLimit: Duration = .milliseconds(10)
  /// For the answer to a frame that only an agent understands.
  public var agentProbeLimit: Duration = .milliseconds(50)
  /// For each byte of the handshake.
  public var handshakeLimit: Duration = .milliseconds(100)
  /// Bytes of the handshake that may go without an answer; by far the most devices leave before.
  public var handshakeAttempts = 100
  /// Silence that ends what a device says unasked.
  public var quietLimit: Duration = .milliseconds(20)
  /// For every answer in command state.
  public var commandLimit: Duration = .seconds(1)
  /// For the value behind the echo of GET_HW_CODE, which the oldest chips never send.
  public var hardwareCodeLimit: Duration = .milliseconds(500)
  /// For the status behind what was sent: signatures are checked then.
  public var verifyLimit: Duration = .seconds(5)
  /// Longest time that data may take to get away, without any progress.
  public var dataIdleLimit: Duration = .seconds(5)
  /// Behind the data, before the status is asked for.
  public var dataPause: Duration = .milliseconds(35)
  /// For the answer to a text token.
  public var tokenLimit: Duration = .milliseconds(300)
  /// How long a preloader may take to say that it listens.
  public var readyLimit: Duration = .seconds(8)
  /// Bytes without meaning that are read away in one handshake.
  public var noiseByteCount = 64 << 10
  /// Bytes of a block whose length the device states.
  public var blockByteCount = 1 << 20
  /// Bytes that one read of memory asks for.
  public var memoryByteCount = 1 << 10

  public init() {}

  /// Puts the user's `--timeout` in place of every limit on an answer's silence. Those that only tell one state from
  /// another stay.
  public mutating func replaceLimits(with timeout: Duration) {
    commandLimit = timeout
    verifyLimit = timeout
    dataIdleLimit = timeout
    readyLimit = timeout
    tokenLimit = max(tokenLimit, timeout)
  }
}
