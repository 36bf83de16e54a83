/// The commands of an agent. Source: `docs/protocols/mtk-xflash.md` 7.1.
public enum XFlashCommand: UInt32, Sendable, CaseIterable {
  /// Sent once to a first stage that has just started; what it says when it is ready.
  case synchronise = 0x434E_5953
  case download = 0x01_0001
  case upload = 0x01_0002
  case format = 0x01_0003
  case writeData = 0x01_0004
  case readData = 0x01_0005
  case formatPartition = 0x01_0006
  case shutdown = 0x01_0007
  case bootTo = 0x01_0008
  case deviceControl = 0x01_0009
  case initialiseExternalRAM = 0x01_000A
  case switchUSBSpeed = 0x01_000B
  case readOTPZone = 0x01_000C
  case writeOTPZone = 0x01_000D
  case writeEFuse = 0x01_000E
  case readEFuse = 0x01_000F
  case remarkNANDBlocks = 0x01_0010
  case testSRAM = 0x01_0011
  case setUpEnvironment = 0x01_0100
  case setUpHardware = 0x01_0101

  /// As the protocol writes it.
  public var name: String {
    switch self {
    case .synchronise: "SYNC_SIGNAL"
    case .download: "DOWNLOAD"
    case .upload: "UPLOAD"
    case .format: "FORMAT"
    case .writeData: "WRITE_DATA"
    case .readData: "READ_DATA"
    case .formatPartition: "FORMAT_PARTITION"
    case .shutdown: "SHUTDOWN"
    case .bootTo: "BOOT_TO"
    case .deviceControl: "DEVICE_CTRL"
    case .initialiseExternalRAM: "INIT_EXT_RAM"
    case .switchUSBSpeed: "SWITCH_USB_SPEED"
    case .readOTPZone: "READ_OTP_ZONE"
    case .writeOTPZone: "WRITE_OTP_ZONE"
    case .writeEFuse: "WRITE_EFUSE"
    case .readEFuse: "READ_EFUSE"
    case .remarkNANDBlocks: "NAND_BMT_REMARK"
    case .testSRAM: "SRAM_WRITE_TEST"
    case .setUpEnvironment: "SETUP_ENVIRONMENT"
    case .setUpHardware: "SETUP_HW_INIT_PARAMS"
    }
  }

  /// What needs the agent's policy to allow it, where link authentication is on (17.2).
  public var touchesStorage: Bool { (0x01_0001...0x01_0006).contains(rawValue) }
}

/// What DEVICE_CTRL is told to do. Source: `docs/protocols/mtk-xflash.md` 7.2 to 7.4.
///
/// Left out on purpose: what nobody has described the parameters of, and what sets one-time fuses.
public enum XFlashControl: UInt32, Sendable, CaseIterable {
  // Setters
  case setBMTPercentage = 0x02_0001
  case setBatteryOption = 0x02_0002
  case setChecksumLevel = 0x02_0003
  case setResetKey = 0x02_0004
  case setHostInfo = 0x02_0005
  case setMetaBootMode = 0x02_0006
  case setRegisterValue = 0x02_0009
  case setExternalSignature = 0x02_000A
  case setRemoteSecurityPolicy = 0x02_000B
  case setAllInOneSignature = 0x02_000C
  case setResource = 0x02_000D
  case setRebootMode = 0x02_000E
  case setCertificate = 0x02_000F

  // Getters
  case getEMMCInfo = 0x04_0001
  case getNANDInfo = 0x04_0002
  case getNORInfo = 0x04_0003
  case getUFSInfo = 0x04_0004
  case getAgentVersion = 0x04_0005
  case getExpireData = 0x04_0006
  case getPacketLength = 0x04_0007
  case getRandomID = 0x04_0008
  case getPartitionTableCategory = 0x04_0009
  case getConnectionAgent = 0x04_000A
  case getUSBSpeed = 0x04_000B
  case getRAMInfo = 0x04_000C
  case getChipID = 0x04_000D
  case getOTPLockStatus = 0x04_000E
  case getBatteryVoltage = 0x04_000F
  case getRPMBStatus = 0x04_0010
  case getExpireDate = 0x04_0011
  case getDRAMType = 0x04_0012
  case getFirmwareInfo = 0x04_0013
  case getHRID = 0x04_0014
  case getErrorDetail = 0x04_0015
  case getSLAStatus = 0x04_0016
  case getLifeCycleCheck = 0x08_0007

  // Actions
  case startDownloadInfo = 0x08_0001
  case endDownloadInfo = 0x08_0002
  case optionalDownload = 0x08_0005
  case disableSparseErase = 0x08_0008

  case readRegister = 0x0E_0003

  /// What follows the two statuses.
  public enum Shape: Sendable {
    /// One or more parameter frames of the host, then a status.
    case setter
    /// A data frame of the device, then a status.
    case getter
    /// A status.
    case action
    /// A parameter frame, a status, then as a getter.
    case query
  }

  public var shape: Shape {
    switch self {
    case .readRegister: .query
    case .getLifeCycleCheck: .getter
    default:
      switch rawValue >> 16 {
      case 2: .setter
      case 4: .getter
      default: .action
      }
    }
  }

  /// As the protocol writes it.
  public var name: String { Self.names[self] ?? "" }

  private static let names: [XFlashControl: String] = [
    .setBMTPercentage: "SET_BMT_PERCENTAGE", .setBatteryOption: "SET_BATTERY_OPT",
    .setChecksumLevel: "SET_CHECKSUM_LEVEL", .setResetKey: "SET_RESET_KEY", .setHostInfo: "SET_HOST_INFO",
    .setMetaBootMode: "SET_META_BOOT_MODE", .setRegisterValue: "SET_REGISTER_VALUE",
    .setExternalSignature: "SET_EXTERNAL_SIG", .setRemoteSecurityPolicy: "SET_REMOTE_SEC_POLICY",
    .setAllInOneSignature: "SET_ALL_IN_ONE_SIG", .setResource: "SET_RSC_INFO", .setRebootMode: "SET_REBOOT_MODE",
    .setCertificate: "SET_CERT_FILE", .getEMMCInfo: "GET_EMMC_INFO", .getNANDInfo: "GET_NAND_INFO",
    .getNORInfo: "GET_NOR_INFO", .getUFSInfo: "GET_UFS_INFO", .getAgentVersion: "GET_DA_VERSION",
    .getExpireData: "GET_EXPIRE_DATA", .getPacketLength: "GET_PACKET_LENGTH", .getRandomID: "GET_RANDOM_ID",
    .getPartitionTableCategory: "GET_PARTITION_TBL_CATA", .getConnectionAgent: "GET_CONNECTION_AGENT",
    .getUSBSpeed: "GET_USB_SPEED", .getRAMInfo: "GET_RAM_INFO", .getChipID: "GET_CHIP_ID",
    .getOTPLockStatus: "GET_OTP_LOCK_STATUS", .getBatteryVoltage: "GET_BATTERY_VOLTAGE",
    .getRPMBStatus: "GET_RPMB_STATUS", .getExpireDate: "GET_EXPIRE_DATE", .getDRAMType: "GET_DRAM_TYPE",
    .getFirmwareInfo: "GET_DEV_FW_INFO", .getHRID: "GET_HRID", .getErrorDetail: "GET_ERROR_DETAIL",
    .getSLAStatus: "SLA_ENABLED_STATUS", .getLifeCycleCheck: "DA_STOR_LIFE_CYCLE_CHECK",
    .startDownloadInfo: "START_DL_INFO", .endDownloadInfo: "END_DL_INFO",
    .optionalDownload: "CC_OPTIONAL_DOWNLOAD_ACT", .disableSparseErase: "DISABLE_SPARSE_ERASE",
    .readRegister: "READ_REGISTER",
  ]
}
