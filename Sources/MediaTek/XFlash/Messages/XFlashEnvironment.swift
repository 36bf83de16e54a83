public import WireFormat

/// What a first stage is told before everything else: SETUP_ENVIRONMENT's block, 20 bytes.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |      0 |    4 | log level: 0 trace, 1 debug, 2 info, 3 warning, 4 error |
/// |      4 |    4 | log channel: 1 UART, 2 USB, 3 both |
/// |      8 |    4 | the host's system: 0 Windows, 1 Linux |
/// |     12 |    4 | UFS provision, 0 |
/// |     16 |    4 | 0 |
///
/// Source: `docs/protocols/mtk-xflash.md` 5.2.
public struct XFlashEnvironment: Equatable, Sendable {
  public enum LogLevel: UInt32, Equatable, Sendable {
    case trace = 0
    case debug
    /// More than this makes agents from a boot ROM hang while they set up memory.
    case info
    case warning
    case error
  }

  public enum LogChannel: UInt32, Equatable, Sendable {
    case uart = 1
    case usb
    case both

    /// Whether log frames come between the others.
    public var includesUSB: Bool { self != .uart }
  }

  public static let byteCount = 20

  public var logLevel: LogLevel
  public var logChannel: LogChannel
  /// 1: Linux.
  public var system: UInt32
  public var provision: UInt32

  public init(
    logLevel: LogLevel = .info, logChannel: LogChannel = .uart, system: UInt32 = 1, provision: UInt32 = 0
  ) {
    self.logLevel = logLevel
    self.logChannel = logChannel
    self.system = system
    self.provision = provision
  }

  /// Throws `WireError.truncated` below 16 bytes, `.invalid` for an unknown level or channel.
  public init(parsing bytes: RawSpan) throws(WireError) {
    let level = try bytes.load(littleEndian: UInt32.self, at: 0)
    guard let logLevel = LogLevel(rawValue: level) else {
      throw .invalid(field: "log level", at: 0, value: UInt64(level))
    }
    let channel = try bytes.load(littleEndian: UInt32.self, at: 4)
    guard let logChannel = LogChannel(rawValue: channel) else {
      throw .invalid(field: "log channel", at: 4, value: UInt64(channel))
    }
    self.logLevel = logLevel
    self.logChannel = logChannel
    system = try bytes.load(littleEndian: UInt32.self, at: 8)
    provision = try bytes.load(littleEndian: UInt32.self, at: 12)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for word in [logLevel.rawValue, logChannel.rawValue, system, provision, 0] { bytes.append(littleEndian: word) }
    return bytes
  }
}
