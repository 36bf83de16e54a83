public import WireFormat

/// SHUTDOWN's parameters, 32 bytes. Source: `docs/protocols/mtk-xflash.md` 10.2.
public struct XFlashShutdown: Equatable, Sendable {
  public enum BootMode: UInt32, Equatable, Sendable {
    case normal = 0
    case homeScreen
    case fastboot
  }

  public static let byteCount = 32
  /// Without the reserved word, as one host sends them.
  public static let shortestByteCount = 28

  /// Acts on what follows; else it goes off, or waits for its cable to be pulled.
  public var reboots = false
  /// The watchdog's time, 0 for now.
  public var timeoutMilliseconds: UInt32 = 0
  /// Answers first, then acts.
  public var isAsynchronous = false
  public var bootMode = BootMode.normal
  /// Comes back in download mode.
  public var download = false
  public var keepsClock = false
  public var keepsUSB = false

  public static let powerOff = XFlashShutdown()

  public static func reboot(_ mode: BootMode = .normal, download: Bool = false) -> XFlashShutdown {
    var shutdown = XFlashShutdown()
    shutdown.reboots = true
    // As the specification's examples have it: set for the plain restart alone.
    shutdown.isAsynchronous = mode == .normal
    shutdown.bootMode = mode
    shutdown.download = download
    return shutdown
  }

  public init() {}

  /// Throws `WireError.truncated` below 28 bytes, `.invalid` for an unknown boot mode.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.shortestByteCount, at: 0)
    var words: [UInt32] = []
    for index in 0..<7 { words.append(try bytes.load(littleEndian: UInt32.self, at: 4 * index)) }
    guard let mode = BootMode(rawValue: words[3]) else {
      throw .invalid(field: "boot mode", at: 12, value: UInt64(words[3]))
    }
    reboots = words[0] != 0
    timeoutMilliseconds = words[1]
    isAsynchronous = words[2] != 0
    bootMode = mode
    download = words[4] != 0
    keepsClock = words[5] != 0
    keepsUSB = words[6] != 0
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for word in [
      reboots ? 1 : 0, timeoutMilliseconds, isAsynchronous ? 1 : 0, bootMode.rawValue, download ? 1 : 0,
      keepsClock ? 1 : 0, keepsUSB ? 1 : 0, 0,
    ] as [UInt32] { bytes.append(littleEndian: word) }
    return bytes
  }
}

/// BOOT_TO's parameters, 16 bytes. Source: `docs/protocols/mtk-xflash.md` 5.6.
public struct XFlashBootTarget: Equatable, Sendable {
  public var address: UInt64
  public var byteCount: UInt64

  public init(address: UInt64, byteCount: UInt64) {
    self.address = address
    self.byteCount = byteCount
  }

  /// Throws `WireError.truncated` below 16 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    address = try bytes.load(littleEndian: UInt64.self, at: 0)
    byteCount = try bytes.load(littleEndian: UInt64.self, at: 8)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: address)
    bytes.append(littleEndian: byteCount)
    return bytes
  }
}

/// SET_META_BOOT_MODE's parameters, 3 bytes. Source: `docs/protocols/mtk-xflash.md` 7.2.
public struct XFlashMetaMode: Equatable, Sendable {
  public enum Port: UInt8, Equatable, Sendable {
    case unknown = 0
    case uart
    case usb
  }

  public enum Composition: UInt8, Equatable, Sendable {
    case single = 0
    case compositeWithoutADB
    case adbWithoutMETA
    case neither
  }

  public var isMeta: Bool
  public var port: Port
  public var composition: Composition

  public init(isMeta: Bool = true, port: Port = .usb, composition: Composition = .single) {
    self.isMeta = isMeta
    self.port = port
    self.composition = composition
  }

  public var bytes: [UInt8] { [isMeta ? 1 : 0, port.rawValue, composition.rawValue] }
}

/// A piece of a project's resource file: SET_RSC_INFO's record, 328 bytes. Source: `docs/protocols/mtk-xflash.md` 8.3.
public struct XFlashResource: Equatable, Sendable {
  public static let byteCount = 328
  /// Bytes of the file in one record.
  public static let pieceByteCount = 256

  public var index: UInt32
  public var name: String
  /// At most 256 bytes.
  public var data: [UInt8]

  public init(index: UInt32, name: String, data: [UInt8]) {
    self.index = index
    self.name = name
    self.data = data
  }

  /// The records of a whole file.
  public static func records(of file: [UInt8], name: String) -> [XFlashResource] {
    stride(from: 0, to: file.count, by: pieceByteCount).map { start in
      XFlashResource(
        index: UInt32(clamping: start / pieceByteCount), name: name,
        data: Array(file[start..<min(start + pieceByteCount, file.count)]))
    }
  }

  /// The number stands behind a byte that nobody uses.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(index) << 8)
    bytes.append(name, paddedTo: 64)
    bytes += data.prefix(Self.pieceByteCount)
    return bytes + [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
  }
}

/// SET_RESET_KEY's values.
public enum XFlashResetKey: UInt32, Equatable, Sendable {
  case standard = 0
  case oneKey = 0x50
  case twoKeys = 0x68
}

/// SET_BATTERY_OPT's values.
public enum XFlashBattery: UInt32, Equatable, Sendable {
  case battery = 0
  case usb
  case detect
}

/// SET_CHECKSUM_LEVEL's bits.
public struct XFlashChecksumLevel: OptionSet, Equatable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The device compares the checksum of each chunk with what it got.
  public static let transfer = XFlashChecksumLevel(rawValue: 1)
  /// The device reads back what it has written.
  public static let storage = XFlashChecksumLevel(rawValue: 2)
}

/// GET_USB_SPEED's answers.
public enum XFlashUSBSpeed: String, Equatable, Sendable, CaseIterable {
  case full = "full-speed"
  case high = "high-speed"
  case hyper = "hyper-speed"
}

/// The checksum of a chunk: the sum of its bytes modulo 0x10000. Source: `docs/protocols/mtk-xflash.md` 9.2.
public enum XFlashChecksum {
  public static func of(_ bytes: RawSpan) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe of($0) }
  }

  /// Additions that wrap, so that the compiler may make many of them at a time.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var sum: UInt32 = 0
    for index in 0..<bytes.count { sum &+= unsafe UInt32(bytes[index]) }
    return sum & 0xFFFF
  }
}
