/// Partitions that the device starts from, by their labels.
///
/// Source: `docs/protocols/qualcomm-packages.md` 15.
enum DevicePartitions {
  /// Labels of boot loaders, best first: the section that holds the first of them is the one to boot from.
  static let bootLoaders = ["xbl", "xbl_a", "sbl1"]
}
