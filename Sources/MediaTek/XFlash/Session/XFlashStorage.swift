import FlashCore

/// The storage that an agent has told of: the one of four kinds that is there.
///
/// Source: `docs/protocols/mtk-xflash.md` 8.1.
enum XFlashStorage: Equatable, Sendable {
  case emmc(XFlashEMMCInfo)
  case ufs(XFlashUFSInfo)
  case nand(XFlashNANDInfo)
  case nor(XFlashNORInfo)

  /// What extents are addressed with.
  var type: XFlashStorageType {
    switch self {
    case .emmc(let info): info.type
    case .ufs(let info): info.type
    case .nand(let info): info.type
    case .nor(let info): info.type
    }
  }

  /// The unit of the storage as the agent has it, as far as that can be.
  var reportedUnit: UInt64 {
    let (value, usual): (UInt32, UInt64) =
      switch self {
      case .emmc(let info): (info.blockByteCount, 512)
      case .ufs(let info): (info.blockByteCount, 4096)
      case .nand(let info): (info.pageByteCount, 2048)
      case .nor(let info): (info.pageByteCount, 512)
      }
    let isPlausible = value >= 512 && value <= 1 << 16 && value & (value - 1) == 0
    return isPlausible ? UInt64(value) : usual
  }

  /// Whether its sectors may be of another size than reported: only eMMC is known for that (16).
  var hasDoubtfulUnit: Bool { if case .emmc = self { true } else { false } }

  /// The name of the section that the partitions are on.
  var userSection: String { type == .ufs ? "lun2" : "user" }

  /// The sections, with sectors of `unit` bytes.
  func map(unit: UInt64) -> StorageMap {
    switch self {
    case .emmc(let info):
      MediaTekSections.emmc(
        sectorByteCount: unit, user: info.user, boot1: info.boot1, boot2: info.boot2, rpmb: info.rpmb,
        general: info.general)
    case .ufs(let info): MediaTekSections.ufs(sectorByteCount: unit, units: info.units)
    case .nand(let info):
      MediaTekSections.nand(
        byteCount: info.totalByteCount, pageByteCount: unit,
        blockByteCount: max(unit, UInt64(info.blockByteCount)))
    case .nor(let info): MediaTekSections.nor(byteCount: info.availableByteCount, pageByteCount: unit)
    }
  }
}
