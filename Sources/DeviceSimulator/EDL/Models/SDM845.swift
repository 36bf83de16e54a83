extension EDLProfile {
  /// A phone of 2018: UFS with six logical units.
  static let sdm845 = EDLProfile(
    name: "sdm845-ufs", summary: "Qualcomm SDM845 in emergency download mode, UFS with 6 LUNs (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.chipSerialNumber = ChipSerialNumber(0xD649_90B3)
      settings.hardwareID = HexNumber(0x0008_B0E1_0000_0000)
      settings.keyHash = HexBytes([
        0x99, 0xC8, 0xC1, 0x3E, 0x37, 0x4C, 0x34, 0xD8, 0xF9, 0xAF, 0xB0, 0x65, 0xEA, 0x4C, 0x73, 0x3E, 0x6B, 0x1B,
        0x21, 0xCB, 0xC5, 0x9A, 0xD4, 0x61, 0x16, 0xF4, 0x4B, 0x79, 0x8F, 0x44, 0x1A, 0x00,
      ])
      return settings
    }(), layout: .ufs(of: 1 << 30))

  /// A car computer: several images before the programmer runs, version 3 of Sahara.
  static let sa8775p = EDLProfile(
    name: "sa8775p", summary: "Qualcomm SA8775P in emergency download mode, wants 8 images, UFS (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.version = .three
      settings.chipSerialNumber = ChipSerialNumber(0x5B21_90E4)
      // Product 0x1D6 is made up: no source gives the number.
      settings.hardwareID = HexNumber(0x001D_60E1_0072_0001)
      settings.tellsChipID = true
      settings.images = NumberList([59, 36, 37, 61, 60, 21, 13, 38])
      settings.keyHash = HexBytes((0..<48).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
      settings.firehose.targetName = "SA8775P"
      settings.firehose.storage.product = "KLUDG4UHDC-B0E1"
      settings.firehose.storage.inquiry = "SAMSUNG KLUDG4UHDC-B0E1"
      settings.firehose.storage.manufacturer = 0x1CE
      return settings
    }(), layout: .ufs(of: 1 << 30))

  /// A fused phone of 2020 whose programmer takes only what signed tables list.
  static let sm8250 = EDLProfile(
    name: "sm8250-vip", summary: "Qualcomm SM8250 in emergency download mode, validated programming, UFS (05c6:9008)",
    settings: {
      var settings = EDLSettings()
      settings.chipSerialNumber = ChipSerialNumber(0x71C0_52A9)
      settings.hardwareID = HexNumber(0x000C_30E1_0051_0000)
      settings.keyHash = HexBytes((0..<48).map { UInt8(truncatingIfNeeded: $0 &* 91 &+ 5) })
      settings.firehose.targetName = "SM8250"
      settings.firehose.isValidated = true
      settings.firehose.storage.product = "H28S8Q302CMR"
      settings.firehose.storage.inquiry = "SKhynix H28S8Q302CMR"
      settings.firehose.storage.manufacturer = 0x1AD
      return settings
    }(), layout: .ufs(of: 1 << 30))
}
