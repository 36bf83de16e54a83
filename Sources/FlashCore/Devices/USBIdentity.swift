/// A USB vendor and product id that a family knows, and what a device is in when it shows it.
///
/// The one table behind `flashctl list`, device discovery and the udev rules.
public struct USBIdentity: Equatable, Sendable {
  public var vendorID: UInt16
  public var productID: UInt16
  /// The mode's name as the field says it: `update`, `NOLO`, `boot ROM`, `preloader`, `EDL`, `DIAG`, ….
  public var mode: String
  /// Devices or vendors it was seen with.
  public var devices: String
  /// Whether this flashctl can talk to a device in this mode, or only recognises it.
  public var isSupported: Bool
  /// Whether the id alone tells: `false` for ids that ordinary devices share (a modem's normal mode, a USB-serial chip).
  public var isDistinctive: Bool
  /// Where the fact comes from: `mkii.md 2.1`.
  public var source: String

  public init(
    _ vendorID: UInt16, _ productID: UInt16, mode: String, devices: String, isSupported: Bool = false,
    isDistinctive: Bool = true, source: String
  ) {
    self.vendorID = vendorID
    self.productID = productID
    self.mode = mode
    self.devices = devices
    self.isSupported = isSupported
    self.isDistinctive = isDistinctive
    self.source = source
  }
}
