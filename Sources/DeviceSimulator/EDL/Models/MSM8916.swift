extension EDLProfile {
  /// A phone of 2015: an old boot ROM, old logs, eMMC.
  static let msm8916 = EDLProfile(
    name: "msm8916-emmc", summary: "Qualcomm MSM8916 in emergency download mode, eMMC (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.imageWidth = .bits32
      settings.done = .pending
      settings.chipSerialNumber = ChipSerialNumber(0x0AA9_4EFD)
      settings.hardwareID = HexNumber(0x0070_50E1_0000_0000)
      settings.keyHash = HexBytes([
        0xCC, 0x31, 0x53, 0xA8, 0x02, 0x93, 0x93, 0x9B, 0x90, 0xD0, 0x2D, 0x3B, 0xF8, 0xB2, 0x3E, 0x02, 0x92, 0xE4,
        0x52, 0xFE, 0xF6, 0x62, 0xC7, 0x49, 0x98, 0x42, 0x1A, 0xDA, 0xD4, 0x2A, 0x38, 0x0F,
      ])
      settings.sectorSize = .bytes512
      settings.firehose.memory = .emmc
      settings.firehose.targetName = "8916"
      settings.firehose.logStyle = .old
      settings.firehose.functions = .old
      settings.firehose.logsAfterResponse = true
      settings.firehose.storageInfo = .old
      settings.firehose.storage = FirehoseStorageIdentity(
        manufacturer: 0x15, serialNumber: 0x2A3B_4C5D, firmware: "7", product: "8WMB3R", inquiry: "",
        rates: (40 << 20, 150 << 20, 90 << 20))
      return settings
    }(),
    layout: EDLLayout(sections: [
      .init(
        number: 0, byteCount: 1 << 30,
        content: .partitions([
          .init("modem", 64 << 20), .init("sbl1", 512 << 10), .init("sbl1bak", 512 << 10), .init("aboot", 1 << 20),
          .init("abootbak", 1 << 20), .init("rpm", 512 << 10), .init("tz", 768 << 10), .init("hyp", 512 << 10),
          .init("pad", 1 << 20), .init("modemst1", 1536 << 10), .init("modemst2", 1536 << 10),
          .init("fsc", 1024), .init("fsg", 1536 << 10), .init("sec", 16 << 10), .init("DDR", 32 << 10),
          .init("misc", 1 << 20), .init("persist", 32 << 20), .init("boot", 16 << 20), .init("recovery", 16 << 20),
          .init("cache", 64 << 20), .init("system", 256 << 20), .init("userdata", nil),
        ])),
      .init(number: 1, byteCount: 4 << 20, content: .none), .init(number: 2, byteCount: 4 << 20, content: .none),
    ]))
}
