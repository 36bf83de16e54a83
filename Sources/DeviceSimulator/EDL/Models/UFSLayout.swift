extension EDLLayout {
  /// Six logical units as phones with UFS and two slots have them. The system lies where `boot_a` and `userdata` do.
  static func ufs(of byteCount: UInt64) -> EDLLayout {
    EDLLayout(sections: [
      .init(
        number: 0, byteCount: byteCount,
        content: .partitions([
          .init("ssd", 8 << 10), .init("persist", 32 << 20), .init("misc", 1 << 20), .init("keystore", 512 << 10),
          .init("frp", 512 << 10), .init("boot_a", 64 << 20), .init("boot_b", 64 << 20),
          .init("system_a", 192 << 20), .init("system_b", 192 << 20), .init("userdata", nil),
        ])),
      .init(
        number: 1, byteCount: 8 << 20,
        content: .partitions([.init("xbl_a", 3584 << 10), .init("xbl_config_a", 128 << 10), .init("last_parti_1", nil)])
      ),
      .init(
        number: 2, byteCount: 8 << 20,
        content: .partitions([.init("xbl_b", 3584 << 10), .init("xbl_config_b", 128 << 10), .init("last_parti_2", nil)])
      ),
      .init(
        number: 3, byteCount: 8 << 20,
        content: .partitions([.init("cdt", 128 << 10), .init("ddr", 1 << 20), .init("last_parti_3", nil)])),
      .init(number: 4, byteCount: 256 << 20, content: .partitions(firmware)),
      .init(
        number: 5, byteCount: 16 << 20,
        content: .partitions([
          .init("modemst1", 2 << 20), .init("modemst2", 2 << 20), .init("fsg", 2 << 20), .init("fsc", 128 << 10),
          .init("last_parti_5", nil),
        ])),
    ])
  }

  private static var firmware: [Partition] {
    var partitions: [Partition] = []
    for slot in ["_a", "_b"] {
      partitions += [
        .init("aop" + slot, 512 << 10), .init("tz" + slot, 2 << 20), .init("hyp" + slot, 512 << 10),
        .init("modem" + slot, 80 << 20), .init("abl" + slot, 1 << 20), .init("keymaster" + slot, 512 << 10),
        .init("devcfg" + slot, 128 << 10), .init("qupfw" + slot, 64 << 10), .init("dtbo" + slot, 8 << 20),
        .init("vbmeta" + slot, 64 << 10),
      ]
    }
    return partitions + [
      .init("sec", 16 << 10), .init("devinfo", 4 << 10), .init("logfs", 8 << 20), .init("toolsfv", nil),
    ]
  }
}
