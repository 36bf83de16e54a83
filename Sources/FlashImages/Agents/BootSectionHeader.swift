import WireFormat

/// What a boot section begins with, in front of the preloader: a name by which the boot ROM knows the storage, and a
/// layout that says where the loader lies.
///
/// | offset | size | field | offset | size | field |
/// |-------:|-----:|-------|-------:|-----:|-------|
/// |   0x00 |   12 | name: `EMMC_BOOT`, … | 0x208 | 4 | layout version, 1 |
/// |   0x0C |    4 | version, 1 | 0x20C | 4 | place of the GFH |
/// |   0x10 |    4 | place of the layout, 0x200 | 0x210 | 4 | end of the loader |
/// |  0x200 |    8 | `BRLYT` | 0x214 | 20 each | descriptors of loaders |
///
/// Source: `docs/protocols/mtk-da-file.md` 6.1.
public struct BootSectionHeader: Equatable, Sendable {
  /// `EMMC_BOOT`, `SDMMC_BOOT`, `UFS_BOOT`, `COMBO_BOOT`, `SF_BOOT`, or `BOOTLOADER!` of a raw NAND.
  public let name: String
  public let version: UInt32
  /// Where the layout lies, in bytes.
  public let unit: UInt32
  /// Where the first GFH block lies; `nil` where the layout does not say.
  public let loaderOffset: UInt32?
  /// Where the loader ends.
  public let loaderEnd: UInt32?
  /// 2 NAND, 5 eMMC, 7 NOR, 8 SDMMC, 9 serial NAND; `nil` without a layout.
  public let deviceType: UInt16?

  static let names = ["EMMC_BOOT", "SDMMC_BOOT", "UFS_BOOT", "COMBO_BOOT", "SF_BOOT", "BOOTLOADER!"]
  /// Bytes in front of a loader, of an eMMC.
  public static let byteCount = 0x800
  private static let layoutName = Array("BRLYT".utf8)

  static func isHeader(_ beginning: [UInt8]) -> Bool {
    names.contains { name in
      beginning.starts(with: Array(name.utf8))
        && (name.utf8.count >= 11 || beginning.dropFirst(name.utf8.count).first == 0)
    }
  }

  /// Reads the first 2048 bytes of a section, or as many as there are; `nil` when they are no such header.
  public init?(_ beginning: [UInt8]) {
    guard Self.isHeader(beginning) else { return nil }
    let fields = AgentFields(beginning)
    name = fields.text(0, 12)
    version = fields.word(0x0C)
    unit = fields.word(0x10)
    let layout = 0x200
    guard fields.has(layout, 40), fields.slice(layout, 5) == Self.layoutName else {
      loaderOffset = nil
      loaderEnd = nil
      deviceType = nil
      return
    }
    loaderOffset = fields.word(layout + 0x0C)
    loaderEnd = fields.word(layout + 0x10)
    deviceType = fields.word(layout + 0x14) == 0x4242_4242 ? fields.half(layout + 0x18) : nil
  }

  /// Where the loader begins in a boot section that begins so: where the header says, else at one of the usual places.
  /// `nil` where none does.
  public static func loaderOffset(in beginning: [UInt8]) -> Int? {
    var places = [0, 0x200, byteCount, 0x1000]
    if let stated = Self(beginning)?.loaderOffset { places.insert(Int(clamping: stated), at: 0) }
    return places.first { place in
      place <= beginning.count - GFHChain.signature.count && GFHChain.begins(beginning[place...])
    }
  }

  /// Bytes of a section's beginning that the places lie in.
  public static let searchByteCount = 0x2000

  /// The header of an eMMC's boot section for a loader of so many bytes: 2048 bytes that the loader follows, which is filled
  /// up to a sector.
  ///
  /// `nil` for a loader of more than 16 MiB.
  public static func emmc(loaderByteCount: Int) -> [UInt8]? {
    guard (1...16 << 20).contains(loaderByteCount) else { return nil }
    let end = UInt32((byteCount + loaderByteCount + 511) / 512 * 512)
    var header: [UInt8] = []
    header.append("EMMC_BOOT", paddedTo: 12)
    for word in [1, 0x200] as [UInt32] { header.append(littleEndian: word) }
    header += [UInt8](repeating: 0xFF, count: 0x200 - header.count)
    header.append("BRLYT", paddedTo: 8)
    for word in [1, UInt32(byteCount), end, 0x4242_4242, 0x0001_0005, UInt32(byteCount), end, 1] {
      header.append(littleEndian: word)
    }
    return header + [UInt8](repeating: 0, count: byteCount - header.count)
  }
}
