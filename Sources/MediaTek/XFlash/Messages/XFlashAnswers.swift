public import WireFormat

/// The answer to GET_RAM_INFO: six fields of 32 bits, or of 64. Source: `docs/protocols/mtk-xflash.md` 8.2.
public struct XFlashRAMInfo: Equatable, Sendable {
  /// One memory of the two.
  public struct Memory: Equatable, Sendable {
    public var type: UInt64
    public var base: UInt64
    public var byteCount: UInt64

    public init(type: UInt64, base: UInt64, byteCount: UInt64) {
      self.type = type
      self.base = base
      self.byteCount = byteCount
    }
  }

  public var sram: Memory
  public var dram: Memory
  public var isWide: Bool

  public init(sram: Memory, dram: Memory, isWide: Bool = false) {
    self.sram = sram
    self.dram = dram
    self.isWide = isWide
  }

  /// Throws `WireError.truncated` below 24 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    isWide = bytes.byteCount >= 48
    var fields: [UInt64] = []
    for index in 0..<6 {
      fields.append(
        isWide
          ? try bytes.load(littleEndian: UInt64.self, at: 8 * index)
          : UInt64(try bytes.load(littleEndian: UInt32.self, at: 4 * index)))
    }
    sram = Memory(type: fields[0], base: fields[1], byteCount: fields[2])
    dram = Memory(type: fields[3], base: fields[4], byteCount: fields[5])
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for field in [sram.type, sram.base, sram.byteCount, dram.type, dram.base, dram.byteCount] {
      if isWide { bytes.append(littleEndian: field) } else { bytes.append(littleEndian: UInt32(clamping: field)) }
    }
    return bytes
  }
}

/// The answer to GET_CHIP_ID, 10 bytes; padding may follow. Source: `docs/protocols/mtk-xflash.md` 8.2.
public struct XFlashChipID: Equatable, Sendable {
  public var hardwareCode: UInt16
  public var hardwareSubCode: UInt16
  public var hardwareVersion: UInt16
  public var softwareVersion: UInt16
  public var evolution: UInt16

  public init(
    hardwareCode: UInt16, hardwareSubCode: UInt16, hardwareVersion: UInt16, softwareVersion: UInt16,
    evolution: UInt16 = 0
  ) {
    self.hardwareCode = hardwareCode
    self.hardwareSubCode = hardwareSubCode
    self.hardwareVersion = hardwareVersion
    self.softwareVersion = softwareVersion
    self.evolution = evolution
  }

  /// Throws `WireError.truncated` below 10 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    hardwareCode = try bytes.load(littleEndian: UInt16.self, at: 0)
    hardwareSubCode = try bytes.load(littleEndian: UInt16.self, at: 2)
    hardwareVersion = try bytes.load(littleEndian: UInt16.self, at: 4)
    softwareVersion = try bytes.load(littleEndian: UInt16.self, at: 6)
    evolution = try bytes.load(littleEndian: UInt16.self, at: 8)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for half in [hardwareCode, hardwareSubCode, hardwareVersion, softwareVersion, evolution] {
      bytes.append(littleEndian: half)
    }
    return bytes
  }
}

/// The answer to GET_DEV_FW_INFO: 68 bytes, 20 of old agents. What authorities sign. Source:
/// `docs/protocols/mtk-xflash.md` 8.2.
public struct XFlashFirmwareInfo: Equatable, Sendable {
  public var version: UInt32
  /// The challenge, 16 bytes.
  public var random: [UInt8]
  /// 16 bytes.
  public var hrid: [UInt8]?
  /// 32 bytes.
  public var socID: [UInt8]?

  public init(version: UInt32, random: [UInt8], hrid: [UInt8]? = nil, socID: [UInt8]? = nil) {
    self.version = version
    self.random = random
    self.hrid = hrid
    self.socID = socID
  }

  /// Throws `WireError.truncated` below 20 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    version = try bytes.load(littleEndian: UInt32.self, at: 0)
    random = try bytes.copy(16, at: 4)
    guard bytes.byteCount >= 68 else { return }
    hrid = try bytes.copy(16, at: 20)
    socID = try bytes.copy(32, at: 36)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: version)
    return bytes + random + (hrid ?? []) + (socID ?? [])
  }
}

/// The answer to GET_PACKET_LENGTH. Source: `docs/protocols/mtk-xflash.md` 8.2.
public struct XFlashPacketLengths: Equatable, Sendable {
  /// Most bytes of a chunk to the device.
  public var write: UInt32
  /// Most bytes of a chunk from the device.
  public var read: UInt32

  public init(write: UInt32, read: UInt32) {
    self.write = write
    self.read = read
  }

  /// Throws `WireError.truncated` below 8 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    write = try bytes.load(littleEndian: UInt32.self, at: 0)
    read = try bytes.load(littleEndian: UInt32.self, at: 4)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: write)
    bytes.append(littleEndian: read)
    return bytes
  }
}
