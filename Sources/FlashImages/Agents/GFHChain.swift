import WireFormat

/// The headers in front of MediaTek's boot loaders, certificates and authentication files: blocks that follow each other,
/// the first of them saying what the file is.
///
/// Each begins with `MMM`, a version, its size as a 16-bit number and its type. Source: `docs/protocols/mtk-da-file.md` 6.2.
public struct GFHChain: Equatable, Sendable {
  public struct Block: Equatable, Sendable {
    /// Bytes from the first block.
    public var offset: Int
    public var version: UInt8
    public var byteCount: Int
    public var type: UInt16

    /// The name of the field's documents; `nil` for a type that nobody has described.
    public var name: String? { Self.names[type] }

    private static let names: [UInt16: String] = [
      0x0000: "FILE_INFO", 0x0001: "BL_INFO", 0x0002: "ANTI_CLONE", 0x0003: "BL_SEC_KEY", 0x0004: "SCTRL_CERT",
      0x0005: "TOOL_AUTH", 0x0007: "BROM_CFG", 0x0008: "BROM_SEC_CFG", 0x000B: "ROOT_CERT", 0x000C: "EXPIRY_CHECK",
      0x000D: "EPP_PARAMETER", 0x000E: "CHIP_VERSION", 0x0010: "MODEM_SECURITY", 0x0300: "BOOT_CERTIFICATE",
    ]
  }

  public let info: GFHFileInfo
  /// The first one included.
  public let blocks: [Block]
  /// `nil` where there is none.
  public let bootROM: GFHBootROMConfig?
  public let security: GFHSecurityConfig?

  /// What every file begins with: `MMM`, version 1, 56 bytes, type 0, `FILE_INFO`.
  static let signature: [UInt8] = [0x4D, 0x4D, 0x4D, 0x01, 0x38, 0x00, 0x00, 0x00] + Array("FILE_INFO".utf8)
  /// Bytes of all blocks together: real ones have less than 2048.
  static let maximumByteCount = 1 << 16

  static func begins(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: signature) }

  /// Reads the blocks from a file's first bytes; `nil` when there are none.
  public init?(_ beginning: [UInt8]) {
    let fields = AgentFields(beginning)
    guard Self.begins(beginning), let info = GFHFileInfo(fields) else { return nil }
    self.info = info
    var blocks: [Block] = []
    var offset = 0
    // The content begins where the blocks end; a wrong number of it must not make code out to be blocks.
    while blocks.count < 64, fields.has(offset, 8), fields.slice(offset, 3) == [0x4D, 0x4D, 0x4D],
      offset == 0 || offset < Int(clamping: info.contentOffset)
    {
      let block = Block(
        offset: offset, version: fields.byte(offset + 3), byteCount: Int(fields.half(offset + 4)),
        type: fields.half(offset + 6))
      guard block.byteCount >= 8 else { break }
      blocks.append(block)
      offset += block.byteCount
    }
    self.blocks = blocks
    bootROM = blocks.first { $0.type == 7 }.flatMap { GFHBootROMConfig(fields, at: $0.offset, byteCount: $0.byteCount) }
    security = blocks.first { $0.type == 8 }.flatMap {
      GFHSecurityConfig(fields, at: $0.offset, byteCount: $0.byteCount)
    }
  }

  /// Whether the boot ROM of a device with this loader answers no commands any more.
  public var disablesBootROMCommands: Bool {
    security?.disablesCommands == true || bootROM?.disablesUSBCommands == true
  }
}

/// The block that says what a file is.
///
/// | offset | size | field | offset | size | field |
/// |-------:|-----:|-------|-------:|-----:|-------|
/// |   0x08 |   12 | id, `FILE_INFO` | 0x20 | 4 | file length |
/// |   0x14 |    4 | file version | 0x24 | 4 | maximum size |
/// |   0x18 |    2 | file type | 0x28 | 4 | content offset |
/// |   0x1A |    1 | flash device | 0x2C | 4 | signature length |
/// |   0x1B |    1 | signature type | 0x30 | 4 | jump offset |
/// |   0x1C |    4 | load address | 0x34 | 4 | attributes |
///
/// Source: `docs/protocols/mtk-da-file.md` 6.3.
public struct GFHFileInfo: Equatable, Sendable {
  static let byteCount = 56

  public let fileVersion: UInt32
  public let fileType: UInt16
  public let flashDevice: UInt8
  public let signatureType: UInt8
  /// Where the first block lies in memory.
  public let loadAddress: UInt32
  /// Headers, content and signature; the file may be longer.
  public let fileByteCount: UInt32
  public let maximumByteCount: UInt32
  /// From the first block.
  public let contentOffset: UInt32
  public let signatureByteCount: UInt32
  public let jumpOffset: UInt32
  public let attributes: UInt32

  init?(_ fields: AgentFields) {
    guard fields.has(0, Self.byteCount) else { return nil }
    fileVersion = fields.word(0x14)
    fileType = fields.half(0x18)
    flashDevice = fields.byte(0x1A)
    signatureType = fields.byte(0x1B)
    loadAddress = fields.word(0x1C)
    fileByteCount = fields.word(0x20)
    maximumByteCount = fields.word(0x24)
    contentOffset = fields.word(0x28)
    signatureByteCount = fields.word(0x2C)
    jumpOffset = fields.word(0x30)
    attributes = fields.word(0x34)
  }

  /// Whether lengths fit into each other.
  public var isConsistent: Bool { UInt64(contentOffset) + UInt64(signatureByteCount) <= UInt64(fileByteCount) }

  /// The field's name of the file type.
  public var typeName: String {
    switch fileType {
    case 1: "boot loader"
    case 2: "external boot loader"
    case 4: "certificate (SCTRL_CERT)"
    case 5: "authentication file (TOOL_AUTH)"
    case 7: "environment program (EPP)"
    case 0xA: "root certificate"
    case 0xB: "AP boot loader"
    default: "file type \(hexadecimal(fileType))"
    }
  }

  public var deviceName: String {
    switch flashDevice {
    case 0: "none"
    case 1: "NOR"
    case 2: "NAND"
    case 3, 4: "NAND layer"
    case 5: "eMMC boot"
    case 6: "eMMC data"
    case 7: "serial flash"
    case 8: "XBOOT"
    default: hexadecimal(flashDevice)
    }
  }

  public var signatureName: String {
    switch signatureType {
    case 0: "none"
    case 1: "hash"
    case 2: "RSA"
    case 3: "RSA and hash"
    case 4: "multi"
    case 5: "certificate chain"
    default: hexadecimal(signatureType)
    }
  }

  /// Whether the file is a preloader or the like.
  public var isBootLoader: Bool { [1, 2, 0xB].contains(fileType) }
}
