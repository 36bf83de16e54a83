/// Partitions that a package cannot undo, and those that the device starts from, by their labels.
///
/// Source: `docs/protocols/qualcomm-packages.md` 15.
enum DevicePartitions {
  /// What a boot ROM burns into fuses when it finds it.
  static func fuses(label: String, fileName: String) -> Bool {
    label.lowercased() == "secdata" || fileName.lowercased().split(separator: "/").last == "sec.dat"
  }

  /// Labels of boot loaders, best first: the section that holds the first of them is the one to boot from.
  static let bootLoaders = ["xbl", "xbl_a", "sbl1"]
}
