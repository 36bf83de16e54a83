import WireFormat

/// HELLO, the packet that a device opens with.
///
/// | offset | field       | notes                                          |
/// |-------:|-------------|------------------------------------------------|
/// |      8 | version     | of the device: 1, 2 or 3                       |
/// |     12 | version_min | lowest version it accepts, usually 1           |
/// |     16 | max_cmd_len | largest packet the device takes, usually 0x400 |
/// |     20 | mode        | the mode the device wants                      |
/// |     24 | reserved    | six words, 0 from real devices                 |
///
/// Source: `docs/protocols/sahara.md` 2.3.
public struct SaharaHello: Equatable, Sendable {
  public var version: UInt32
  public var minimumVersion: UInt32
  /// In bytes.
  public var maximumCommandByteCount: UInt32
  public var mode: SaharaMode
  /// Carried along, never judged.
  public var reserved: [UInt32]

  public init(
    version: UInt32 = 2, minimumVersion: UInt32 = 1, maximumCommandByteCount: UInt32 = 0x400,
    mode: SaharaMode = .imageTransferPending, reserved: [UInt32] = []
  ) {
    self.version = version
    self.minimumVersion = minimumVersion
    self.maximumCommandByteCount = maximumCommandByteCount
    self.mode = mode
    self.reserved = SaharaReservedWords.padded(reserved)
  }

  init(parsing bytes: RawSpan) throws(WireError) {
    version = try bytes.load(littleEndian: UInt32.self, at: 8)
    minimumVersion = try bytes.load(littleEndian: UInt32.self, at: 12)
    maximumCommandByteCount = try bytes.load(littleEndian: UInt32.self, at: 16)
    mode = SaharaMode(rawValue: try bytes.load(littleEndian: UInt32.self, at: 20))
    reserved = try SaharaReservedWords.load(bytes)
  }

  func serialize(into bytes: inout [UInt8]) {
    for word in [version, minimumVersion, maximumCommandByteCount, mode.rawValue] + reserved {
      bytes.append(littleEndian: word)
    }
  }
}

/// HELLO_RSP, the host's answer, which chooses the mode.
///
/// | offset | field       | notes                                       |
/// |-------:|-------------|---------------------------------------------|
/// |      8 | version     | the host's                                  |
/// |     12 | version_min | lowest the host accepts, 1                  |
/// |     16 | status      | 0; anything else makes the device stop      |
/// |     20 | mode        | the mode the host chooses                   |
/// |     24 | reserved    | six words of any value                      |
///
/// Source: `docs/protocols/sahara.md` 2.3.
public struct SaharaHelloResponse: Equatable, Sendable {
  public var version: UInt32
  public var minimumVersion: UInt32
  public var status: SaharaStatus
  public var mode: SaharaMode
  public var reserved: [UInt32]

  public init(
    version: UInt32 = 2, minimumVersion: UInt32 = 1, status: SaharaStatus = .success, mode: SaharaMode,
    reserved: [UInt32] = []
  ) {
    self.version = version
    self.minimumVersion = minimumVersion
    self.status = status
    self.mode = mode
    self.reserved = SaharaReservedWords.padded(reserved)
  }

  init(parsing bytes: RawSpan) throws(WireError) {
    version = try bytes.load(littleEndian: UInt32.self, at: 8)
    minimumVersion = try bytes.load(littleEndian: UInt32.self, at: 12)
    status = SaharaStatus(rawValue: try bytes.load(littleEndian: UInt32.self, at: 16))
    mode = SaharaMode(rawValue: try bytes.load(littleEndian: UInt32.self, at: 20))
    reserved = try SaharaReservedWords.load(bytes)
  }

  func serialize(into bytes: inout [UInt8]) {
    for word in [version, minimumVersion, status.rawValue, mode.rawValue] + reserved {
      bytes.append(littleEndian: word)
    }
  }
}

/// The six words at the end of HELLO and HELLO_RSP.
enum SaharaReservedWords {
  static let count = 6

  static func load(_ bytes: RawSpan) throws(WireError) -> [UInt32] {
    var words: [UInt32] = []
    for index in 0..<count { words.append(try bytes.load(littleEndian: UInt32.self, at: 24 + 4 * index)) }
    return words
  }

  static func padded(_ words: [UInt32]) -> [UInt32] {
    Array(words.prefix(count)) + Array(repeating: 0, count: max(0, count - words.count))
  }
}
