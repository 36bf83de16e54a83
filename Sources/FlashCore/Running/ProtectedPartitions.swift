/// Names of partitions that hold what only one device has: calibration, identities, keys.
///
/// Names are all there is to go by. Sources: `docs/protocols/qualcomm-packages.md` 15, `docs/protocols/firehose.md` 12; the vendors' own lists of what a
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
    "seccfg", "seccfg_bak", "flashinfo", "nvbak",
  ]

  /// What boot ROMs burn into fuses: writing there has a consent of its own, which includes the one for what only one
  /// device has.
  private static let fusing: Set<String> = ["secdata", "sec"]
  /// The image that holds what is burnt, wherever it goes.
  private static let fusingFile = "sec.dat"

  /// Whether a partition of that name, in whatever slot, holds such data.
  public static func contains(_ name: String) -> Bool { Self.forms(of: name).contains(where: names.contains) }

  /// Whether what is written to a partition of that name may be burnt into fuses, or a file of that name holds what is.
  public static func burnsFuses(_ name: String, file path: String? = nil) -> Bool {
    let file = path?.lowercased().split(whereSeparator: { $0 == "/" || $0 == "\\" || $0 == ":" }).last
    // Packed too: `sec.dat.gz`.
    let isFusingFile = file.map { $0 == fusingFile || $0.hasPrefix(fusingFile + ".") } ?? false
    return isFusingFile || Self.forms(of: name).contains(where: fusing.contains)
  }

  /// The name as it is looked for, with its slot and without.
  private static func forms(of name: String) -> [String] {
    var name = name.lowercased()
    // NAND and SPI-NOR names begin with the flash's number: `0:EFS2`.
    if name.hasPrefix("0:") { name.removeFirst(2) }
    return name.hasSuffix("_a") || name.hasSuffix("_b") ? [name, String(name.dropLast(2))] : [name]
  }
}
