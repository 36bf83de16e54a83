extension EDLProfile {
  /// A modem with raw NAND.
  static let mdm9207 = EDLProfile(
    name: "mdm9207-nand", summary: "Qualcomm MDM9207 modem in emergency download mode, NAND (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.imageWidth = .bits32
      settings.chipSerialNumber = ChipSerialNumber(0x1D3F_7A20)
      // Product 0x4A is made up: no source gives the number.
      settings.hardwareID = HexNumber(0x0004_A0E1_0000_0000)
      settings.keyHash = HexBytes((0..<32).map { UInt8(truncatingIfNeeded: $0 &* 53 &+ 17) })
      settings.sectorSize = .bytes2048
      settings.firehose.memory = .nand
      settings.firehose.targetName = "9x07"
      settings.firehose.maximumPayload = ChunkSize(16384)
      settings.firehose.eraseFill = .ones
      settings.firehose.storage = FirehoseStorageIdentity(
        manufacturer: 0x2C, serialNumber: 0, firmware: "0", product: "MT29F2G08ABBEA", inquiry: "",
        rates: (6 << 20, 18 << 20, 15 << 20))
      return settings
    }(),
    layout: EDLLayout(sections: [
      .init(
        number: 0, byteCount: 256 << 20,
        content: .mibib([
          .init("0:SBL", 1280 << 10), .init("0:MIBIB", 1280 << 10), .init("0:EFS2", 11 << 20), .init("0:TZ", 1 << 20),
          .init("0:RPM", 512 << 10), .init("0:aboot", 1 << 20), .init("0:boot", 8 << 20), .init("0:SCRUB", 16 << 20),
          .init("0:modem", 56 << 20), .init("0:misc", 1 << 20), .init("0:recovery", 8 << 20), .init("0:fota", 1 << 20),
          .init("0:recoveryfs", 16 << 20), .init("0:sec", 1 << 20), .init("0:system", 64 << 20),
          .init("0:userdata", nil),
        ]))
    ]))

  /// A router that starts from SPI-NOR.
  static let ipq = EDLProfile(
    name: "ipq-spinor", summary: "Qualcomm IPQ router in emergency download mode, SPI-NOR (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.chipSerialNumber = ChipSerialNumber(0x20C4_58D1)
      // Product 0x14F is made up: no source gives the number.
      settings.hardwareID = HexNumber(0x0014_F0E1_0000_0000)
      settings.keyHash = HexBytes((0..<48).map { UInt8(truncatingIfNeeded: $0 &* 29 &+ 3) })
      settings.firehose.memory = .spinor
      settings.firehose.targetName = "IPQ9574"
      settings.firehose.maximumPayload = ChunkSize(49152)
      settings.firehose.eraseFill = .ones
      settings.firehose.storage = FirehoseStorageIdentity(
        manufacturer: 0xEF, serialNumber: 0, firmware: "0", product: "W25Q256JW", inquiry: "",
        rates: (600 << 10, 12 << 20, 10 << 20))
      return settings
    }(),
    layout: EDLLayout(sections: [
      .init(
        number: 0, byteCount: 32 << 20,
        content: .partitions([
          .init("0:SBL1", 768 << 10), .init("0:MIBIB", 64 << 10), .init("0:BOOTCONFIG", 64 << 10),
          .init("0:QSEE", 1792 << 10), .init("0:DEVCFG", 64 << 10), .init("0:CDT", 64 << 10),
          .init("0:APPSBLENV", 64 << 10), .init("0:APPSBL", 704 << 10), .init("0:ART", 256 << 10),
          .init("0:TRAINING", 64 << 10), .init("boot", 8 << 20), .init("userdata", nil),
        ]))
    ]))
}
