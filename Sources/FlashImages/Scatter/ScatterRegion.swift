/// `region`: the section, or the two sections, that an entry belongs to.
///
/// Source: `docs/protocols/mtk-scatter.md` 3.3.
public struct ScatterRegion: Equatable, Sendable {
  /// As the file writes it: `EMMC_BOOT1_BOOT2`.
  public var text: String

  public init(_ text: String) { self.text = text }

  public static let emmcBoot1 = ScatterRegion("EMMC_BOOT_1")
  public static let emmcBoth = ScatterRegion("EMMC_BOOT1_BOOT2")
  public static let emmcUser = ScatterRegion("EMMC_USER")
  public static let ufsBoth = ScatterRegion("UFS_LU0_LU1")
  public static let ufsUser = ScatterRegion("UFS_LU2")
  public static let none = ScatterRegion("NONE")

  /// Where entries of this name go when nothing is said.
  public static func usual(_ role: ScatterPartition.Role, on storage: ScatterStorage?) -> ScatterRegion {
    switch (storage, role) {
    case (.emmc, .preloader): .emmcBoth
    case (.emmc, .preloaderBackup): ScatterRegion("EMMC_BOOT2")
    case (.emmc, _), (.sdmmc, _): .emmcUser
    case (.ufs, .preloader): .ufsBoth
    case (.ufs, .preloaderBackup): ScatterRegion("UFS_LU1")
    case (.ufs, _): .ufsUser
    case (.nand, _), (.nor, _), (nil, _): .none
    }
  }

  /// The sections, in the order in which they are written; `nil` for a region that nobody has described.
  ///
  /// `NONE` stands for the whole of a NAND; elsewhere it is what `role` usually has.
  public func sections(on storage: ScatterStorage?, role: ScatterPartition.Role = .partition) -> [ScatterSection]? {
    let key = String(text.uppercased().filter { $0 != "_" })
    if let named = Self.named[key] { return named }
    guard key == "NONE" || key.isEmpty else { return nil }
    switch storage {
    case .nand: return [.nand]
    case .nor: return [.nor]
    case .emmc, .ufs, .sdmmc: return Self.usual(role, on: storage).sections(on: storage)
    case nil: return []
    }
  }

  private static let named: [String: [ScatterSection]] = [
    "EMMCBOOT1": [.boot1], "BOOT1": [.boot1], "EMMCBOOT2": [.boot2], "BOOT2": [.boot2],
    "EMMCBOOT1BOOT2": [.boot1, .boot2], "EMMCRPMB": [.rpmb], "EMMCGP1": [.gp1], "EMMCGP2": [.gp2],
    "EMMCGP3": [.gp3], "EMMCGP4": [.gp4], "EMMCUSER": [.user], "EMMC": [.user], "UFSLU0": [.lun0],
    "UFSLU1": [.lun1], "UFSLU0LU1": [.lun0, .lun1], "UFSLU2": [.lun2],
  ]
}
