/// What is known about image types by name. Other names are legal in a container.
///
/// Source: `docs/protocols/fiasco.md` 6, 7 and 13.
public enum FIASCOImageType {
  /// The names of section 7, in the order in which a device wants them; loaders of other modes come last.
  public static let known = flashingOrder + otherModes

  /// Section 13: the order of normal flashing.
  public static let flashingOrder = [
    "cert-sw", "xloader", "secondary", "cmt-2nd", "cmt-algo", "cmt-mcusw", "kernel", "initfs", "rootfs", "mmc",
  ]

  /// Used for cold flashing, or sent by other means before flashing begins.
  public static let otherModes = ["2nd", "1st", "ape-algo"]

  /// Image data are filled up with FF to a multiple of this many bytes (section 6).
  public static func paddingMultiple(of type: String) -> UInt64 { type == "mmc" ? 256 : 128 }

  /// The byte that fills up.
  public static let paddingByte: UInt8 = 0xFF

  /// Where the type stands in the order: unknown ones after the known, but before `mmc`, which takes longest.
  static func rank(of type: String) -> Int {
    guard let index = flashingOrder.firstIndex(of: type) else { return flashingOrder.count }
    return type == "mmc" ? flashingOrder.count + 1 : index
  }
}
