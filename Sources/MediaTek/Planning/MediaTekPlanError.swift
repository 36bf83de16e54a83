public import FlashImages

/// Why no plan could be made. Nothing has been sent to a device then.
public enum MediaTekPlanError: Error, Equatable, Sendable {
  /// What stands before `=` is no region.
  case badRegion(String)
  /// An image cannot be read.
  case image(ImageError)
  /// Regions with data of this one device would be written.
  case protectedRegions([String])
}
