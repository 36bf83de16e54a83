/// Names of partitions that hold what only one device has: calibration, identities, keys.
///
/// Sources: `docs/protocols/qualcomm-packages.md` 15, `docs/protocols/firehose.md` 12; the vendors' own lists of what a
/// factory reset leaves alone.
public enum ProtectedPartitions {
  private static let names: Set<String> = [
    // Qualcomm: the modem's file systems, calibration, sensors and device keys.
    "modemst1", "modemst2", "fsg", "fsc", "persist", "persistbak", "efs", "sec", "secdata", "ssd", "keystore",
    "oem_persist", "mdm1m9kefs1", "mdm1m9kefs2", "mdm1m9kefs3", "mdmddr", "rpmb", "deviceinfo_bak", "sensordata",
    "efs1", "efs2",
    // Routers: calibration of the radio.
    "art", "caldata",
    // MediaTek: the same things by other names.
    "nvram", "nvdata", "nvcfg", "protect1", "protect2", "protect_f", "protect_s", "proinfo", "persistent",
    "seccfg_bak", "flashinfo", "nvbak",
  ]

  /// Whether a partition of that name, in whatever slot, holds such data.
  public static func contains(_ name: String) -> Bool {
    var name = name.lowercased()
    // NAND and SPI-NOR names begin with the flash's number: `0:EFS2`.
    if name.hasPrefix("0:") { name.removeFirst(2) }
    let base = name.hasSuffix("_a") || name.hasSuffix("_b") ? String(name.dropLast(2)) : name
    return names.contains(name) || names.contains(base)
  }
}
