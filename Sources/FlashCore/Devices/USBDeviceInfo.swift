public import USBWire

/// A USB device as discovery sees it, before and after it is opened.
public struct USBDeviceInfo: Equatable, Sendable {
  /// Bus and ports, as the kernel names the device: `1-4.2`. Stays the same when the device re-enumerates.
  public var portPath: String
  public var bus: Int
  /// The device's address on its bus; a new one each time it enumerates.
  public var address: Int
  public var vendorID: UInt16
  public var productID: UInt16
  public var deviceRelease: UInt16
  /// Strings as the device gives them; `nil` when it has none or they could not be read.
  public var manufacturer: String?
  public var product: String?
  public var serialNumber: String?
  /// iConfiguration of the active configuration.
  public var configurationName: String?
  /// The descriptor of the active configuration (the first while none is active), when it could be read.
  public var configuration: ConfigurationDescriptor?
  /// Strings of interfaces, by string index, as far as known.
  public var interfaceNames: [UInt8: String]
  /// Mb/s: 1.5, 12, 480, 5000, …
  public var speed: Double?

  public init(portPath: String, bus: Int, address: Int, vendorID: UInt16, productID: UInt16) {
    self.portPath = portPath
    self.bus = bus
    self.address = address
    self.vendorID = vendorID
    self.productID = productID
    deviceRelease = 0
    interfaceNames = [:]
  }

  /// `0421:01c8`, as `lsusb` writes it.
  public var identifier: String { Self.identifier(vendorID, productID) }

  public static func identifier(_ vendorID: UInt16, _ productID: UInt16) -> String {
    func hex(_ value: UInt16) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 4 - digits.count) + digits
    }
    return hex(vendorID) + ":" + hex(productID)
  }

  /// The selector for this port: `usb:1-4.2`.
  public var selector: String { "usb:" + portPath }
}
