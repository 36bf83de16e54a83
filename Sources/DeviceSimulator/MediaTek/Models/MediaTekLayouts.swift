extension MediaTekLayout {
  /// An eMMC of a phone: two boot sections, RPMB, and the user area.
  static func emmc(userByteCount: UInt64, name: String, bootByteCount: UInt64 = 4 << 20) -> MediaTekLayout {
    // Manufacturer 15, BGA, six letters of name, revision, serial number, date, and the checksum's place.
    var identity: [UInt8] = [0x15, 0x01, 0x00]
    identity += Array(name.utf8.prefix(6))
    identity += [UInt8](repeating: 0x20, count: 9 - identity.count)
    identity += [0x06, 0x12, 0x34, 0x56, 0x78, 0x49, 0x01]
    return MediaTekLayout(
      kind: .emmc, sectorByteCount: 512, identity: identity,
      sections: [
        Section(name: "boot1", byteCount: bootByteCount), Section(name: "boot2", byteCount: bootByteCount),
        Section(name: "rpmb", byteCount: 4 << 20),
        Section(name: "user", byteCount: userByteCount, partitions: phone(slots: [""])),
      ])
  }

  /// UFS of a phone: two LUNs to boot from, and the user area.
  static func ufs(userByteCount: UInt64, name: String) -> MediaTekLayout {
    MediaTekLayout(
      kind: .ufs, sectorByteCount: 4096, identity: Array(name.utf8.prefix(16)),
      sections: [
        Section(name: "lun0", byteCount: 4 << 20), Section(name: "lun1", byteCount: 4 << 20),
        Section(name: "lun2", byteCount: userByteCount, partitions: phone(slots: ["_a", "_b"])),
      ])
  }

  /// NAND of pages of 2048 bytes, 64 to a block, without a partition table.
  static func nand(userByteCount: UInt64) -> MediaTekLayout {
    MediaTekLayout(
      kind: .nand, sectorByteCount: 2048, identity: [0x2C, 0xAA, 0x90, 0x15, 0x06],
      sections: [Section(name: "user", byteCount: userByteCount)])
  }

  private static func phone(slots: [String]) -> [EDLLayout.Partition] {
    var partitions: [EDLLayout.Partition] = [
      .init("boot_para", 1 << 20), .init("para", 512 << 10), .init("expdb", 20 << 20), .init("frp", 1 << 20),
      .init("nvcfg", 8 << 20), .init("nvdata", 64 << 20), .init("metadata", 32 << 20), .init("protect1", 8 << 20),
      .init("protect2", 8 << 20), .init("seccfg", 8 << 20), .init("persist", 32 << 20), .init("sec1", 2 << 20),
      .init("proinfo", 3 << 20), .init("nvram", 64 << 20), .init("logo", 8 << 20),
    ]
    for slot in slots {
      partitions += [
        .init("md1img" + slot, 64 << 20), .init("spmfw" + slot, 1 << 20), .init("scp" + slot, 2 << 20),
        .init("sspm" + slot, 1 << 20), .init("lk" + slot, 2 << 20), .init("boot" + slot, 32 << 20),
        .init("dtbo" + slot, 8 << 20), .init("tee" + slot, 6 << 20), .init("vbmeta" + slot, 8 << 20),
      ]
    }
    if slots == [""] { partitions.append(.init("recovery", 32 << 20)) }
    return partitions + [
      .init("super", 256 << 20), .init("otp", 4 << 20), .init("flashinfo", 1 << 20), .init("userdata", nil),
    ]
  }
}
