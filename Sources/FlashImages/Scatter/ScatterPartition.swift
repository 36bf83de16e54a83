/// An entry of a scatter file.
///
/// Keys that every file of a generation has are filled in where they are missing; the optional ones stay `nil`.
/// Source: `docs/protocols/mtk-scatter.md` 3.1.
public struct ScatterPartition: Equatable, Sendable {
  /// `partition_name`: the name on the device, or a special one (`preloader`, `pgpt`, `sgpt`). At most 64 characters.
  public var name: String
  /// `file_name`, relative to the scatter file; `nil` for `NONE` and where nothing is said.
  public var fileName: String?
  /// `is_download`: to be written by default.
  public var isDownload: Bool
  public var type: ScatterImageType
  /// `linear_start_addr`: bytes in the linear space, or a placeholder of an end-relative address.
  public var linearStart: UInt64
  /// `physical_start_addr`: bytes from the section's start, or a placeholder of an end-relative address.
  public var physicalStart: UInt64
  /// `partition_size` in bytes; 0 for unknown, or for what is left.
  public var byteCount: UInt64
  public var region: ScatterRegion
  /// `storage`: `HW_STORAGE_EMMC`, `HW_STORAGE_UFS`, `HW_STORAGE_NAND`; as the file writes it.
  public var storage: String
  /// `boundary_check`: the image must fit into the size.
  public var checksBoundary: Bool
  /// `is_reserved`: at the end of the section.
  public var isReserved: Bool
  public var operation: ScatterOperation
  /// `d_type`: `FALSE`, `LOW_PAGE`, `FULL_PAGE` (NAND).
  public var cellMode: String?
  /// `slc_percentage` (NAND).
  public var slcPercentage: UInt64?
  public var isUpgradable: Bool?
  /// `empty_boot_needed`: of the minimal set that boots an empty device.
  public var isNeededForEmptyBoot: Bool?
  /// `combo_partsize_check`.
  public var checksComboSize: Bool?
  /// `reserve`, which means nothing.
  public var reserve: UInt64
  /// Keys that nobody has described, in order.
  public var settings: [Scatter.Setting]

  public init(
    name: String, fileName: String? = nil, isDownload: Bool = false, type: ScatterImageType = .normalROM,
    linearStart: UInt64, physicalStart: UInt64, byteCount: UInt64, region: ScatterRegion, storage: String,
    checksBoundary: Bool = true, isReserved: Bool = false, operation: ScatterOperation
  ) {
    self.name = name
    self.fileName = fileName
    self.isDownload = isDownload
    self.type = type
    self.linearStart = linearStart
    self.physicalStart = physicalStart
    self.byteCount = byteCount
    self.region = region
    self.storage = storage
    self.checksBoundary = checksBoundary
    self.isReserved = isReserved
    self.operation = operation
    reserve = 0
    settings = []
  }
}

extension ScatterPartition {
  /// What a name stands for beside a partition of the device. Source: `docs/protocols/mtk-scatter.md` 3.6.
  public enum Role: Equatable, Sendable {
    /// The first boot loader, with a boot header in front of it.
    case preloader
    /// Its second copy.
    case preloaderBackup
    /// The primary partition table, made from the layout.
    case primaryTable
    /// The backup of the partition table.
    case backupTable
    case partition
  }

  public var role: Role {
    switch name.lowercased() {
    case "preloader": .preloader
    case "preloader_backup": .preloaderBackup
    case "pgpt": .primaryTable
    case "sgpt": .backupTable
    default: .partition
    }
  }

  /// Whether it is one of the two copies of the partition table.
  public var isTable: Bool { role == .primaryTable || role == .backupTable }

  /// Whether the start is no address but a placeholder for one counted from the section's end.
  ///
  /// Source: `docs/protocols/mtk-scatter.md` 4.3.
  public var isPlaceholder: Bool {
    (0xFFFF_0000...0xFFFF_FFFF).contains(physicalStart)
      && (isReserved || operation.kind == .reserved || Self.endNames.contains(name.lowercased()))
  }

  /// What a placeholder says of the distance from the end, in blocks.
  public var placeholderBlocks: UInt64 { physicalStart & 0xFFFF }

  static let endNames: Set<String> = ["bmtpool", "flashinfo", "sgpt", "otp", "sdrpmb"]
}
