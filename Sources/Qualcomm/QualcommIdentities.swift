import FlashCore

/// Every USB identity of Qualcomm's download, crash-dump and diagnostic modes.
///
/// One id can stand for several protocols (05c6:9008 is Sahara, Firehose, dload or streaming download, by what runs
/// there), so the table names the mode and the session finds out the rest. Left out: 05c6:9006, which is mass storage.
/// Sources: `sahara.md` 1.1, `hdlc-dload.md` 3, `diag.md` 1; the programmers of `firehose.md` and
/// `streaming-dload.md` keep the identity of the mode that started them.
enum QualcommIdentities {
  static let all: [USBIdentity] = emergency + crashDump + download + qdl + oemQDL + diagnostic

  /// Rows that share everything but the product id.
  private static func rows(
    _ vendor: UInt16, _ products: [UInt16], mode: String, devices: String, isSupported: Bool = false,
    isDistinctive: Bool = true, source: String
  ) -> [USBIdentity] {
    products.map {
      USBIdentity(
        vendor, $0, mode: mode, devices: devices, isSupported: isSupported, isDistinctive: isDistinctive,
        source: source)
    }
  }

  private static let emergency: [USBIdentity] =
    rows(
      0x05C6, [0x9008], mode: "EDL", devices: "Qualcomm boot ROMs, and the programmers started from them",
      isSupported: true,
      source: "sahara.md 1.1")
    + rows(
      0x0FCE, [0x9DDE, 0xADE3, 0xADE5, 0xADED], mode: "EDL", devices: "Sony", isSupported: true,
      source: "sahara.md 1.1")
    + rows(0x3801, [0x9008], mode: "EDL", devices: "comma.ai", isSupported: true, source: "sahara.md 1.1")

  static let crashDumpMode = "crash dump"

  /// 901d and 90db are also the ids of composites that run their firmware.
  private static let crashDump: [USBIdentity] =
    rows(
      0x05C6, [0x900E], mode: crashDumpMode, devices: "Qualcomm boot loaders", isSupported: true,
      source: "sahara.md 1.1")
    + rows(0x1004, [0x61A1], mode: crashDumpMode, devices: "LG", source: "diag.md 1")
    + rows(
      0x05C6, [0x901D, 0x90DB], mode: "crash dump or DIAG", devices: "Qualcomm composites", isDistinctive: false,
      source: "sahara.md 1.1")

  /// Modems whose boot loader speaks Sahara, dload or streaming download.
  private static let download: [USBIdentity] =
    rows(
      0x1199, [0x9062, 0x9070, 0x9090], mode: "download", devices: "Sierra Wireless modems", isSupported: true,
      source: "sahara.md 1.1")
    + rows(
      0x0846, [0x68E0], mode: "download", devices: "Netgear modems", isSupported: true, source: "sahara.md 1.1")
    + rows(0x19D2, [0x0076], mode: "download", devices: "ZTE modems", isSupported: true, source: "sahara.md 1.1")

  private static let qdl: [USBIdentity] =
    rows(
      0x05C6,
      [
        0x9201, 0x9204, 0x9208, 0x920C, 0x9211, 0x9214, 0x9221, 0x9224, 0x9231, 0x9234, 0x9244, 0x9264, 0x9274,
      ], mode: "QDL", devices: "Gobi 1000, 2000, 3000", source: "hdlc-dload.md 3")
    + rows(
      0x1199, [0x68A4, 0x68A8, 0x9000, 0x9010, 0x9012, 0x9014, 0x9018, 0x907A], mode: "QDL",
      devices: "Sierra Wireless modems", source: "hdlc-dload.md 3")

  /// The same boot loaders under the ids of those who built the modems in.
  private static let oemQDL: [USBIdentity] = [
    (0x03F0, [0x201D, 0x241D, 0x371D], "HP modems"),
    (0x04DA, [0x250C], "Panasonic modems"),
    (0x0B05, [0x1774], "ASUS modems"),
    (0x12D1, [0x14F0], "Huawei modems"),
    (0x1410, [0xA008, 0xA010, 0xA011, 0xA012, 0xA013, 0xA014, 0xA020], "Novatel Wireless modems"),
    (0x1557, [0x0A80], "OQO modems"),
    (0x16D8, [0x8001], "CMOTECH modems"),
    (0x19D2, [0xFFF2], "ZTE modems"),
    (0x1BC7, [0x900E], "Telit modems"),
    (0x1F45, [0x0001], "modems of an unnamed vendor"),
    (0x413C, [0x8171, 0x8185, 0x8193, 0x81A6, 0x81B5], "Dell modems"),
  ].flatMap { (vendor: UInt16, products: [UInt16], devices: String) in
    rows(vendor, products, mode: "QDL", devices: devices, source: "hdlc-dload.md 3")
  }

  /// Devices that run their firmware with DIAG on one interface: the id alone says nothing about flashing.
  private static let diagnostic: [USBIdentity] =
    rows(
      0x05C6, [0x9002, 0x9025], mode: "DIAG", devices: "Qualcomm composites", isDistinctive: false,
      source: "sahara.md 1.1")
    + diagnosticModems.flatMap { vendor, products, devices in
      rows(vendor, products, mode: "DIAG", devices: devices, isDistinctive: false, source: "diag.md 1")
    }

  private static let diagnosticModems: [(UInt16, [UInt16], String)] = [
    (0x05C6, [0x676C, 0x9001, 0x9091, 0x9092, 0x90E8], "Qualcomm references, Android with DIAG"),
    (0x0846, [0x68E2], "Netgear modems"),
    (0x1199, [0x9071, 0x9091, 0x90D2, 0x90D3, 0xC080, 0xC081, 0xC082], "Sierra Wireless modems"),
    (0x12D1, [0x1506], "Huawei modems"),
    (0x19D2, [0x0016, 0x0500, 0x1404], "ZTE modems"),
    (0x1BC7, [0x1040, 0x1041, 0x1050, 0x1051, 0x1052, 0x1070, 0x1071, 0x1080, 0x1201], "Telit modems"),
    (0x1E0E, [0x9001, 0x9011, 0x9024], "SIMCom modems"),
    (
      0x2C7C,
      [
        0x0125, 0x0127, 0x0128, 0x012C, 0x012E, 0x012F, 0x0133, 0x0139, 0x013C, 0x0309, 0x030A, 0x030B, 0x030D, 0x0310,
        0x0311, 0x0315, 0x0514, 0x0700, 0x0800, 0x0801, 0x0803, 0x0804, 0x6008, 0x6009,
      ], "Quectel modems"
    ),
    (0x2CB7, [0x0109, 0x010B, 0x0113, 0x0115], "Fibocom modems"),
    (0x2DEE, [0x4D57, 0x4D63], "MeiG modems"),
    (0x3C93, [0xFFFF], "Foxconn modems"),
    (0x413C, [0x81D7, 0x81E0, 0x81E4], "Dell modems"),
  ]
}
