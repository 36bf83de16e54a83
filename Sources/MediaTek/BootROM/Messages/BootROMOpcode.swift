/// The commands of boot ROMs and preloaders, one byte each. Source: `docs/protocols/mtk-brom.md` 7.
///
/// Left out on purpose: what nobody has described the messages of (I2C, feature phones, the old security commands),
/// ZEROIZATION, which destroys keys, and raw register access, which no legitimate flow needs.
public enum BootROMOpcode: UInt8, Sendable, CaseIterable {
  case sendImage = 0x70
  case bootImage = 0x71
  case stayStill = 0x80
  case legacyWrite16 = 0xA1
  case legacyRead16 = 0xA2
  case legacyChecksum16 = 0xA4
  case legacyJump = 0xA8
  case legacyWriteBlock = 0xAD
  case legacyWrite32 = 0xAE
  case legacyRead32 = 0xAF
  case secureReady = 0xB8
  case powerInit = 0xC4
  case powerDeinit = 0xC5
  case powerRead16 = 0xC6
  case powerWrite16 = 0xC7
  case cacheControl = 0xC8
  case read16 = 0xD0
  case read32 = 0xD1
  case write16 = 0xD2
  case write16NoEcho = 0xD3
  case write32 = 0xD4
  case jumpDA = 0xD5
  case jumpBootLoader = 0xD6
  case sendDA = 0xD7
  case targetConfig = 0xD8
  case sendEnvironment = 0xD9
  case enableLog = 0xDB
  case setLogBaudRate = 0xDC
  case oldLog = 0xDD
  case jumpDA64 = 0xDE
  case log = 0xDF
  case sendCertificate = 0xE0
  case meID = 0xE1
  case sendAuthentication = 0xE2
  case linkAuthentication = 0xE3
  case socID = 0xE7
  case preloaderCapabilities = 0xFB
  case versions = 0xFC
  case hardwareCode = 0xFD
  case preloaderVersion = 0xFE
  case bootROMVersion = 0xFF

  /// The name of the field's documents.
  public var name: String { Self.names[self] ?? "" }

  private static let names: [BootROMOpcode: String] = [
    .sendImage: "SEND_IMAGE", .bootImage: "BOOT_IMAGE", .stayStill: "STAY_STILL",
    .legacyWrite16: "legacy WRITE16", .legacyRead16: "legacy READ16", .legacyChecksum16: "legacy CHECKSUM16",
    .legacyJump: "legacy JUMP", .legacyWriteBlock: "legacy WRITE16 block", .legacyWrite32: "legacy WRITE32",
    .legacyRead32: "legacy READ32", .secureReady: "READY", .powerInit: "PWR_INIT", .powerDeinit: "PWR_DEINIT",
    .powerRead16: "PWR_READ16", .powerWrite16: "PWR_WRITE16", .cacheControl: "CACHE_CTRL", .read16: "READ16",
    .read32: "READ32", .write16: "WRITE16", .write16NoEcho: "WRITE16_NO_ECHO", .write32: "WRITE32",
    .jumpDA: "JUMP_DA", .jumpBootLoader: "JUMP_BL", .sendDA: "SEND_DA", .targetConfig: "GET_TARGET_CONFIG",
    .sendEnvironment: "SEND_EPP", .enableLog: "UART1_LOG_EN", .setLogBaudRate: "UART1_SET_BAUD",
    .oldLog: "BROM_LOG (old)", .jumpDA64: "JUMP_DA64", .log: "BROM_LOG", .sendCertificate: "SEND_CERT",
    .meID: "GET_ME_ID", .sendAuthentication: "SEND_AUTH", .linkAuthentication: "SLA", .socID: "GET_SOC_ID",
    .preloaderCapabilities: "GET_PL_CAP", .versions: "GET_HW_SW_VER", .hardwareCode: "GET_HW_CODE",
    .preloaderVersion: "GET_BL_VER", .bootROMVersion: "GET_VERSION",
  ]
}
