/// A kind of storage that a layout is for.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.3 and 3.1.
public enum ScatterStorage: String, CaseIterable, Equatable, Sendable {
  case emmc = "EMMC"
  case ufs = "UFS"
  case nand = "NAND"
  case nor = "NOR"
  case sdmmc = "SDMMC"

  /// From `EMMC` or `HW_STORAGE_EMMC`, in any case; `nil` for a kind that nobody has described.
  public init?(parsing text: String) {
    let upper = text.uppercased()
    let prefix = "HW_STORAGE_"
    self.init(rawValue: upper.hasPrefix(prefix) ? String(upper.dropFirst(prefix.count)) : upper)
  }

  /// What partitions say: `HW_STORAGE_EMMC`.
  public var key: String { "HW_STORAGE_" + rawValue }

  /// Bytes of the unit of end-relative addresses that files of this storage use.
  public var usualBlockByteCount: UInt64 { self == .ufs ? 0x80000 : 0x20000 }

  /// `boot_channel` as generators write it.
  public var usualBootChannel: String {
    switch self {
    case .emmc, .sdmmc: "MSDC_0"
    case .ufs: "UFSHCI_0"
    case .nand, .nor: "NONE"
    }
  }

  /// Bytes of a sector where no device says it: the unit that starts and sizes are multiples of.
  public var usualSectorByteCount: UInt64 { self == .ufs ? 4096 : self == .nand ? 2048 : 512 }

  /// The section that holds the partition table and most partitions.
  public var userSection: ScatterSection {
    switch self {
    case .emmc, .sdmmc: .user
    case .ufs: .lun2
    case .nand: .nand
    case .nor: .nor
    }
  }

  /// Where the first boot loader goes: all of these.
  public var bootSections: [ScatterSection] {
    switch self {
    case .emmc: [.boot1, .boot2]
    case .ufs: [.lun0, .lun1]
    case .nand: [.nand]
    case .nor: [.nor]
    case .sdmmc: [.user]
    }
  }

  /// Whether partitions are found by a GPT.
  public var hasPartitionTable: Bool { self == .emmc || self == .ufs || self == .sdmmc }
}

/// A hardware area of a storage.
///
/// Source: `docs/protocols/mtk-scatter.md` 3.3.
public enum ScatterSection: String, CaseIterable, Equatable, Hashable, Sendable {
  case boot1, boot2, rpmb, gp1, gp2, gp3, gp4, user
  case lun0 = "0"
  case lun1 = "1"
  case lun2 = "2"
  case nand, nor

  /// The name that flashctl's regions use: `user`, `boot1`, a LUN's number.
  public var name: String { rawValue }

  /// What XML agents call it.
  public var agentName: String {
    switch self {
    case .boot1: "EMMC-BOOT1"
    case .boot2: "EMMC-BOOT2"
    case .rpmb: "EMMC-RPMB"
    case .gp1: "EMMC-GP1"
    case .gp2: "EMMC-GP2"
    case .gp3: "EMMC-GP3"
    case .gp4: "EMMC-GP4"
    case .user: "EMMC-USER"
    case .lun0: "UFS-LUA0"
    case .lun1: "UFS-LUA1"
    case .lun2: "UFS-LUA2"
    case .nand: "NAND-WHOLE"
    case .nor: "NOR-WHOLE"
    }
  }
}
