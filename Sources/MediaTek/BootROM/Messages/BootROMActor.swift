/// Who answers the boot ROM's commands. Source: `docs/protocols/mtk-brom.md` 1 and 8.3.
public enum BootROMActor: Equatable, Sendable {
  /// The mask ROM of the chip.
  case bootROM
  /// A preloader, with the version that it answers to FE: 1 classic, 2 knows XFlash, 3 and above tell their ids.
  case preloader(version: UInt8)

  /// Reads the answer to FE: the query itself is what a boot ROM says to queries that it does not know.
  public init(versionAnswer: UInt8) {
    self = versionAnswer == BootROMOpcode.preloaderVersion.rawValue ? .bootROM : .preloader(version: versionAnswer)
  }

  public var isBootROM: Bool { self == .bootROM }

  /// Whether it answers GET_ME_ID and GET_SOC_ID.
  public var tellsIDs: Bool {
    switch self {
    case .bootROM: true
    case .preloader(let version): version > 2
    }
  }

  /// Whether it answers GET_PL_CAP.
  public var tellsCapabilities: Bool {
    switch self {
    case .bootROM: false
    case .preloader(let version): version > 1
    }
  }

  /// As the field says it: `boot ROM`, `preloader`.
  public var name: String { isBootROM ? "boot ROM" : "preloader" }
}
