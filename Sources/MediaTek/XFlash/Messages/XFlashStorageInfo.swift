public import WireFormat

/// The answer to GET_EMMC_INFO, 96 or 104 bytes. Source: `docs/protocols/mtk-xflash.md` 8.1.
public struct XFlashEMMCInfo: Equatable, Sendable {
  /// How worn the storage is, as newer agents tell.
  public struct LifeTime: Equatable, Sendable {
    public var preEndOfLife: UInt8
    public var a: UInt8
    public var b: UInt8
    public var status: UInt32

    public init(preEndOfLife: UInt8, a: UInt8, b: UInt8, status: UInt32) {
      self.preEndOfLife = preEndOfLife
      self.a = a
      self.b = b
      self.status = status
    }
  }

  public static let byteCount = 96

  /// 0: no such storage.
  public var type: XFlashStorageType
  /// Bytes.
  public var blockByteCount: UInt32
  public var boot1: UInt64
  public var boot2: UInt64
  public var rpmb: UInt64
  /// GP1 to GP4.
  public var general: [UInt64]
  public var user: UInt64
  /// 16 bytes, manufacturer first.
  public var cid: [UInt8]
  public var firmwareVersion: UInt64
  public var lifeTime: LifeTime?

  /// No such storage.
  public static let absent = XFlashEMMCInfo(
    type: .none, blockByteCount: 0, boot1: 0, boot2: 0, rpmb: 0, general: [0, 0, 0, 0], user: 0,
    cid: [UInt8](repeating: 0, count: 16), firmwareVersion: 0)

  public init(
    type: XFlashStorageType = .emmc, blockByteCount: UInt32 = 512, boot1: UInt64, boot2: UInt64, rpmb: UInt64,
    general: [UInt64] = [0, 0, 0, 0], user: UInt64, cid: [UInt8], firmwareVersion: UInt64 = 0,
    lifeTime: LifeTime? = nil
  ) {
    self.type = type
    self.blockByteCount = blockByteCount
    self.boot1 = boot1
    self.boot2 = boot2
    self.rpmb = rpmb
    self.general = general
    self.user = user
    self.cid = cid
    self.firmwareVersion = firmwareVersion
    self.lifeTime = lifeTime
  }

  /// Throws `WireError.truncated` below 96 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    type = XFlashStorageType(rawValue: try bytes.load(littleEndian: UInt32.self, at: 0))
    blockByteCount = try bytes.load(littleEndian: UInt32.self, at: 4)
    boot1 = try bytes.load(littleEndian: UInt64.self, at: 8)
    boot2 = try bytes.load(littleEndian: UInt64.self, at: 16)
    rpmb = try bytes.load(littleEndian: UInt64.self, at: 24)
    general = []
    for index in 0..<4 { general.append(try bytes.load(littleEndian: UInt64.self, at: 32 + 8 * index)) }
    user = try bytes.load(littleEndian: UInt64.self, at: 64)
    cid = try bytes.copy(16, at: 72)
    firmwareVersion = try bytes.load(littleEndian: UInt64.self, at: 88)
    guard bytes.byteCount >= 104 else { return }
    lifeTime = LifeTime(
      preEndOfLife: try bytes.byte(at: 96), a: try bytes.byte(at: 97), b: try bytes.byte(at: 98),
      status: try bytes.load(littleEndian: UInt32.self, at: 100))
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type.rawValue)
    bytes.append(littleEndian: blockByteCount)
    for size in [boot1, boot2, rpmb] + general + [user] { bytes.append(littleEndian: size) }
    bytes += cid
    bytes.append(littleEndian: firmwareVersion)
    guard let lifeTime else { return bytes }
    bytes += [lifeTime.preEndOfLife, lifeTime.a, lifeTime.b, 0]
    bytes.append(littleEndian: lifeTime.status)
    return bytes
  }

  /// Bytes 3 to 8 of the CID, as text.
  public var productName: String {
    let letters = cid.dropFirst(3).prefix(6).filter { (0x20...0x7E).contains($0) }
    return String(decoding: letters, as: UTF8.self)
  }
}

/// The answer to GET_UFS_INFO: 52 bytes (A), or 202 (B). Source: `docs/protocols/mtk-xflash.md` 8.1.
public struct XFlashUFSInfo: Equatable, Sendable {
  public enum Variant: Equatable, Sendable {
    /// 16 bytes of identity, 4 of firmware version.
    case short
    /// The vendor's id, 20 bytes of identity, 8 of firmware version, a serial number.
    case long(vendor: UInt16, serialNumber: [UInt8])
  }

  /// Answers below this are of the short variant.
  public static let longByteCount = 0xC8
  private static let serialByteCount = 132

  public var type: XFlashStorageType
  public var blockByteCount: UInt32
  /// The sizes of LU0, LU1 and LU2.
  public var units: [UInt64]
  /// The product's name.
  public var cid: [UInt8]
  public var firmwareVersion: [UInt8]
  public var variant: Variant

  public static let absent = XFlashUFSInfo(type: .none, blockByteCount: 0, units: [0, 0, 0], cid: [])

  public init(
    type: XFlashStorageType = .ufs, blockByteCount: UInt32 = 4096, units: [UInt64], cid: [UInt8],
    firmwareVersion: [UInt8] = [], variant: Variant = .short
  ) {
    self.type = type
    self.blockByteCount = blockByteCount
    self.units = units
    self.cid = cid
    self.firmwareVersion = firmwareVersion
    self.variant = variant
  }

  /// Throws `WireError.truncated` below 52 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    type = XFlashStorageType(rawValue: try bytes.load(littleEndian: UInt32.self, at: 0))
    blockByteCount = try bytes.load(littleEndian: UInt32.self, at: 4)
    units = []
    for index in 0..<3 { units.append(try bytes.load(littleEndian: UInt64.self, at: 8 + 8 * index)) }
    guard bytes.byteCount >= Self.longByteCount else {
      cid = try bytes.copy(16, at: 32)
      firmwareVersion = try bytes.copy(4, at: 48)
      variant = .short
      return
    }
    cid = try bytes.copy(20, at: 34)
    firmwareVersion = try bytes.copy(8, at: 54)
    variant = .long(
      vendor: try bytes.load(littleEndian: UInt16.self, at: 32),
      serialNumber: try bytes.copy(Self.serialByteCount, at: 62))
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type.rawValue)
    bytes.append(littleEndian: blockByteCount)
    for size in units { bytes.append(littleEndian: size) }
    func append(_ field: [UInt8], _ width: Int) {
      bytes += field.prefix(width) + [UInt8](repeating: 0, count: max(0, width - field.count))
    }
    switch variant {
    case .short:
      append(cid, 16)
      append(firmwareVersion, 4)
    case .long(let vendor, let serialNumber):
      bytes.append(littleEndian: vendor)
      append(cid, 20)
      append(firmwareVersion, 8)
      append(serialNumber, Self.serialByteCount)
      append([], 8)
    }
    return bytes
  }

  /// The identity as far as it is text.
  public var productName: String {
    var letters = cid.prefix { $0 != 0 }.filter { (0x20...0x7E).contains($0) }[...]
    while letters.last == 0x20 { letters.removeLast() }
    return String(decoding: letters, as: UTF8.self)
  }
}
