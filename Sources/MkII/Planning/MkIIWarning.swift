/// The codes of `PlanWarning` that this family's plans carry; they stay the same.
///
/// Two of them stand for the user's `--force` and are what a target looks for before it goes on.
public enum MkIIWarning {
  /// A raw `mmc` image without a text that describes its partitions.
  public static let missingLayout = "mmc-without-layout"
  /// `--layout` was given and nothing uses it.
  public static let unusedLayout = "layout-unused"
  /// The device speaks a version whose image sending nobody has tried. Facts: `version`.
  public static let experimentalVersion = "experimental-protocol-version"
  /// The product code is none of the known devices'. Facts: `productCode`.
  public static let unknownProduct = "unknown-product-code"
  /// The data look like another type. Facts: `detected`.
  public static let detectedOtherType = "detected-type-differs"
  /// The image is for certain hardware revisions, and the device's is not known.
  public static let unknownRevision = "hardware-revision-unknown"
  /// One of `xloader` and `secondary` without the other. Facts: `missing`.
  public static let unpairedLoaders = "loaders-unpaired"
  /// No device was asked: the list of images is the one that the model is known for. Facts: `model`.
  public static let assumedSupport = "supported-images-assumed"
}
