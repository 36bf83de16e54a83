public import WireFormat

/// The answer to GET_NAND_INFO, 45 bytes. Source: `docs/protocols/mtk-xflash.md` 8.1.
public struct XFlashNANDInfo: Equatable, Sendable {
  public static let byteCount = 45

  public var type: XFlashStorageType
  public var pageByteCount: UInt32
  public var blockByteCount: UInt32
  public var spareByteCount: UInt32
  public var totalByteCount: UInt64
  public var availableByteCount: UInt64
  public var hasBadBlockTable: Bool
  /// 12 bytes.
  public var id: [UInt8]

  public static let absent = XFlashNANDInfo(
    type: .none, pageByteCount: 0, blockByteCount: 0, spareByteCount: 0, totalByteCount: 0, availableByteCount: 0)

  public init(
    type: XFlashStorageType = .nand, pageByteCount: UInt32, blockByteCount: UInt32, spareByteCount: UInt32,
    totalByteCount: UInt64, availableByteCount: UInt64, hasBadBlockTable: Bool = false,
    id: [UInt8] = [UInt8](repeating: 0, count: 12)
  ) {
    self.type = type
    self.pageByteCount = pageByteCount
    self.blockByteCount = blockByteCount
    self.spareByteCount = spareByteCount
    self.totalByteCount = totalByteCount
    self.availableByteCount = availableByteCount
    self.hasBadBlockTable = hasBadBlockTable
    self.id = id
  }

  /// Throws `WireError.truncated` below 45 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    type = XFlashStorageType(rawValue: try bytes.load(littleEndian: UInt32.self, at: 0))
    pageByteCount = try bytes.load(littleEndian: UInt32.self, at: 4)
    blockByteCount = try bytes.load(littleEndian: UInt32.self, at: 8)
    spareByteCount = try bytes.load(littleEndian: UInt32.self, at: 12)
    totalByteCount = try bytes.load(littleEndian: UInt64.self, at: 16)
    availableByteCount = try bytes.load(littleEndian: UInt64.self, at: 24)
    hasBadBlockTable = try bytes.byte(at: 32) != 0
    id = try bytes.copy(12, at: 33)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for word in [type.rawValue, pageByteCount, blockByteCount, spareByteCount] { bytes.append(littleEndian: word) }
    for size in [totalByteCount, availableByteCount] { bytes.append(littleEndian: size) }
    return bytes + [hasBadBlockTable ? 1 : 0] + id
  }
}

/// The answer to GET_NOR_INFO, 16 bytes. Source: `docs/protocols/mtk-xflash.md` 8.1.
public struct XFlashNORInfo: Equatable, Sendable {
  public static let byteCount = 16

  public var type: XFlashStorageType
  public var pageByteCount: UInt32
  public var availableByteCount: UInt64

  public static let absent = XFlashNORInfo(type: .none, pageByteCount: 0, availableByteCount: 0)

  public init(type: XFlashStorageType = .nor, pageByteCount: UInt32, availableByteCount: UInt64) {
    self.type = type
    self.pageByteCount = pageByteCount
    self.availableByteCount = availableByteCount
  }

  /// Throws `WireError.truncated` below 16 bytes.
  public init(parsing bytes: RawSpan) throws(WireError) {
    type = XFlashStorageType(rawValue: try bytes.load(littleEndian: UInt32.self, at: 0))
    pageByteCount = try bytes.load(littleEndian: UInt32.self, at: 4)
    availableByteCount = try bytes.load(littleEndian: UInt64.self, at: 8)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type.rawValue)
    bytes.append(littleEndian: pageByteCount)
    bytes.append(littleEndian: availableByteCount)
    return bytes
  }
}
