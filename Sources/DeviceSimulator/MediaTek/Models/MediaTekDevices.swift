/// The MediaTek phones that are imitated; ids are those of the simulators alone.
extension MediaTekDevice {
  /// A phone of 2018: eMMC, XFlash agents.
  static let mt6765 = MediaTekDevice(
    name: "mt6765", summary: "MediaTek MT6765 (Helio P35) in its boot ROM, eMMC (0e8d:0003)", platform: "MT6765",
    agents: .xFlash,
    bootROM: {
      var settings = BootROMSettings()
      settings.hardwareCode = HexWord(0x0766)
      settings.meID = HexBytes(id(0x65, byteCount: 16))
      settings.socID = HexBytes(id(0x66, byteCount: 32))
      return settings
    }(), layout: .emmc(userByteCount: 1 << 30, name: "DH6DMB", bootByteCount: 32 << 20))

  /// A phone of 2020: UFS, XFlash agents.
  static let mt6785 = MediaTekDevice(
    name: "mt6785", summary: "MediaTek MT6785 (Helio G90) in its boot ROM, UFS (0e8d:0003)", platform: "MT6785",
    agents: .xFlash,
    bootROM: {
      var settings = BootROMSettings()
      settings.hardwareCode = HexWord(0x0813)
      settings.meID = HexBytes(id(0x85, byteCount: 16))
      settings.socID = HexBytes(id(0x86, byteCount: 32))
      return settings
    }(), layout: .ufs(userByteCount: 1 << 30, name: "KM2V8001CM-B707"))

  /// A phone of 2021: UFS, XML agents.
  static let mt6893 = MediaTekDevice(
    name: "mt6893", summary: "MediaTek MT6893 (Dimensity 1200) in its boot ROM, UFS (0e8d:0003)", platform: "MT6893",
    agents: .xml,
    bootROM: {
      var settings = BootROMSettings()
      settings.hardwareCode = HexWord(0x0950)
      settings.meID = HexBytes(id(0x93, byteCount: 16))
      settings.socID = HexBytes(id(0x94, byteCount: 32))
      return settings
    }(), layout: .ufs(userByteCount: 1 << 30, name: "KLUDG4UHDC-B0E1"))

  /// A phone of 2022: eMMC, XML agents, and a preloader that is all that a host gets to see.
  static let mt6789 = MediaTekDevice(
    name: "mt6789", summary: "MediaTek MT6789 (Helio G99) in its preloader, eMMC (0e8d:2000)", platform: "MT6789",
    agents: .xml,
    bootROM: {
      var settings = BootROMSettings()
      settings.actor = .waitingPreloader
      settings.layout = .odd
      settings.hardwareCode = HexWord(0x1208)
      settings.meID = HexBytes(id(0x89, byteCount: 16))
      settings.socID = HexBytes(id(0x8A, byteCount: 32))
      return settings
    }(), layout: .emmc(userByteCount: 1 << 30, name: "8GTF4R"))

  static let all: [MediaTekDevice] = [mt6765, mt6785, mt6893, mt6789].flatMap { [$0, $0.secured()] }

  /// An id that looks like one.
  private static func id(_ seed: UInt8, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { seed &* UInt8($0 + 3) &+ UInt8($0) &* 29 }
  }
}
