/// The names of image ids, for messages: a device may use any number. Source: `docs/protocols/sahara.md` 3.2.
public enum SaharaImageID {
  /// The Firehose programmer.
  public static let programmer: UInt64 = 13
  /// What the device learned of its memory.
  public static let trainingData: UInt64 = 34
  /// The ids that a list of images may give to a file; 0 only in `id:file` words.
  public static let listed: ClosedRange<UInt64> = 1...127

  private static let classic = [
    "none", "OEM SBL", "AMSS (modem)", "QCSBL", "hash", "APPSBL", "APPS", "HOSTDL (NAND programmer)", "DSP1", "FSBL",
    "DBL", "OSBL (eNAND programmer)", "DSP2", "EHOSTDL (Firehose programmer)", "NANDPRG", "NORPRG", "RAMFS1", "RAMFS2",
    "ADSP Q5", "APPS kernel", "backup RAMFS", "SBL1 / XBL_SC", "SBL2", "RPM", "SBL3", "TZ", "SSD keys", "GEN", "DSP3",
    "ACDB", "WDT", "MBA",
  ]

  /// As recent targets' own configuration files call them.
  private static let recent: [UInt64: String] = [
    34: "DDR training data", 36: "multi_image_qti.mbn", 37: "multi_image.mbn", 38: "xbl_config_devprg.elf",
    59: "sequencer_ram.elf", 60: "signed_firmware_soc_view.elf", 61: "tme_config.elf",
  ]

  /// What is known by this id; `nil` for a number without a name.
  public static func name(_ id: UInt64) -> String? {
    id < UInt64(classic.count) ? classic[Int(id)] : recent[id]
  }

  /// `13 “EHOSTDL (Firehose programmer)”`, or the number alone.
  public static func text(_ id: UInt64) -> String { "\(id)" + (name(id).map { " “\($0)”" } ?? "") }
}
