public import WireFormat

/// A kind of storage. Source: `docs/protocols/mtk-xflash.md` 9.0.
public struct XFlashStorageType: RawRepresentable, Equatable, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let none = XFlashStorageType(rawValue: 0)
  public static let emmc = XFlashStorageType(rawValue: 0x01)
  public static let sdmmc = XFlashStorageType(rawValue: 0x02)
  public static let nand = XFlashStorageType(rawValue: 0x10)
  public static let slc = XFlashStorageType(rawValue: 0x11)
  public static let mlc = XFlashStorageType(rawValue: 0x12)
  public static let tlc = XFlashStorageType(rawValue: 0x13)
  public static let amlc = XFlashStorageType(rawValue: 0x14)
  public static let spiNAND = XFlashStorageType(rawValue: 0x15)
  public static let nor = XFlashStorageType(rawValue: 0x20)
  public static let serialNOR = XFlashStorageType(rawValue: 0x21)
  public static let parallelNOR = XFlashStorageType(rawValue: 0x22)
  public static let ufs = XFlashStorageType(rawValue: 0x30)

  public var isNAND: Bool { (0x10...0x15).contains(rawValue) }
  public var isNOR: Bool { (0x20...0x22).contains(rawValue) }

  public var name: String {
    switch self {
    case .none: "none"
    case .emmc: "eMMC"
    case .sdmmc: "SD/MMC"
    case .nand: "NAND"
    case .slc: "SLC NAND"
    case .mlc: "MLC NAND"
    case .tlc: "TLC NAND"
    case .amlc: "AMLC NAND"
    case .spiNAND: "SPI NAND"
    case .nor: "NOR"
    case .serialNOR: "serial NOR"
    case .parallelNOR: "parallel NOR"
    case .ufs: "UFS"
    default: "storage \(rawValue)"
    }
  }
}

/// A hardware partition, by the number that READ_DATA and its like take. Source: `docs/protocols/mtk-xflash.md` 9.0.
public struct XFlashSection: Equatable, Sendable {
  /// eMMC: 1 boot1, 2 boot2, 3 RPMB, 4 to 7 GP1 to GP4, 8 user. UFS: one more than the logical unit. NAND, NOR: 8.
  public var number: UInt32

  public init(number: UInt32) { self.number = number }

  /// The section that users know by this name (`MediaTekSections`); `nil` where the storage has none such.
  public init?(named name: String, of type: XFlashStorageType) {
    if type == .ufs {
      guard name.hasPrefix("lun"), let unit = UInt32(name.dropFirst(3)), unit < 8 else { return nil }
      number = unit + 1
      return
    }
    guard type == .emmc || type == .sdmmc else {
      guard name == "user", type != .none else { return nil }
      number = Self.user
      return
    }
    switch name {
    case "boot1": number = 1
    case "boot2": number = 2
    case "rpmb": number = 3
    case "gp1": number = 4
    case "gp2": number = 5
    case "gp3": number = 6
    case "gp4": number = 7
    case "user": number = Self.user
    default: return nil
    }
  }

  private static let user: UInt32 = 8

  /// The name that users know; `nil` for numbers that stand for several, or for none.
  public func name(of type: XFlashStorageType) -> String? {
    if type == .ufs { return (1...8).contains(number) ? "lun\(number - 1)" : nil }
    let names = ["boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4", "user"]
    let isPlain = type != .emmc && type != .sdmmc
    guard (1...8).contains(number), !isPlain || number == Self.user else { return nil }
    return names[Int(number) - 1]
  }
}

/// A stretch of the storage: the parameter block of READ_DATA, WRITE_DATA and FORMAT, 56 bytes.
///
/// | offset | size | field | offset | size | field |
/// |-------:|-----:|-------|-------:|-----:|-------|
/// |      0 |    4 | storage type | 32 | 4 | NAND image type |
/// |      4 |    4 | hardware partition | 36 | 4 | NAND region |
/// |      8 |    8 | start, bytes | 40 | 4 | format level, or operation type |
/// |     16 |    8 | length, bytes | 44 | 4 | system SLC percent |
/// |     24 |    4 | NAND cell usage | 48 | 4 | user SLC percent |
/// |     28 |    4 | NAND address type | 52 | 4 | physical maximum |
///
/// Source: `docs/protocols/mtk-xflash.md` 9.0.
public struct XFlashExtent: Equatable, Sendable {
  public static let byteCount = 56
  /// Shorter blocks, of older hosts, have all that counts.
  public static let shortestByteCount = 24

  public var type: XFlashStorageType
  public var section: XFlashSection
  public var start: UInt64
  public var length: UInt64
  /// The eight words behind the length, 0 for eMMC and UFS.
  public var flash = Flash()

  /// What only raw flash needs.
  public struct Flash: Equatable, Sendable {
    public var cellUsage: UInt32 = 0
    /// 0 logical, 1 physical, 2 physical by the partition table.
    public var addressType: UInt32 = 0
    /// 0 raw, 1 UBI, 2 FTL.
    public var imageType: UInt32 = 0
    public var region: UInt32 = 0
    /// Format: 0 normal, 1 force, 2 mark bad blocks. Else 0 spare, 1 page, 2 page with ECC, 3 all of it, 4 verify.
    public var operation: UInt32 = 0
    public var systemSLCPercent: UInt32 = 0
    public var userSLCPercent: UInt32 = 0
    public var physicalMaximum: UInt32 = 0

    /// The operation that reads and writes pages without their spare bytes.
    public static let pages: UInt32 = 1

    public init() {}

    fileprivate var words: [UInt32] {
      [
        cellUsage, addressType, imageType, region, operation, systemSLCPercent, userSLCPercent, physicalMaximum,
      ]
    }
  }

  public init(type: XFlashStorageType, section: XFlashSection, start: UInt64, length: UInt64) {
    self.type = type
    self.section = section
    self.start = start
    self.length = length
  }

  /// Throws `WireError.truncated` below 24 bytes. Words that are missing behind those are 0.
  public init(parsing bytes: RawSpan) throws(WireError) {
    type = XFlashStorageType(rawValue: try bytes.load(littleEndian: UInt32.self, at: 0))
    section = XFlashSection(number: try bytes.load(littleEndian: UInt32.self, at: 4))
    start = try bytes.load(littleEndian: UInt64.self, at: 8)
    length = try bytes.load(littleEndian: UInt64.self, at: 16)
    var words: [UInt32] = []
    for index in 0..<8 {
      let place = 24 + index * 4
      words.append(place + 4 <= bytes.byteCount ? try bytes.load(littleEndian: UInt32.self, at: place) : 0)
    }
    flash.cellUsage = words[0]
    flash.addressType = words[1]
    flash.imageType = words[2]
    flash.region = words[3]
    flash.operation = words[4]
    flash.systemSLCPercent = words[5]
    flash.userSLCPercent = words[6]
    flash.physicalMaximum = words[7]
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: type.rawValue)
    bytes.append(littleEndian: section.number)
    bytes.append(littleEndian: start)
    bytes.append(littleEndian: length)
    for word in flash.words { bytes.append(littleEndian: word) }
    return bytes
  }
}
