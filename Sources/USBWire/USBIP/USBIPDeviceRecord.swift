public import WireFormat

/// A device that a USB/IP server exports, as it stands in OP_REP_DEVLIST and OP_REP_IMPORT: 312 bytes.
///
/// | offset | field                                | size |
/// |-------:|--------------------------------------|-----:|
/// |      0 | path on the server                   |  256 |
/// |    100 | bus id (`1-1`)                       |   32 |
/// |    120 | busnum                               |    4 |
/// |    124 | devnum                               |    4 |
/// |    128 | speed                                |    4 |
/// |    12C | idVendor, idProduct, bcdDevice       |  2×3 |
/// |    132 | bDeviceClass, subclass, protocol     |  1×3 |
/// |    135 | bConfigurationValue                  |    1 |
/// |    136 | bNumConfigurations                   |    1 |
/// |    137 | bNumInterfaces                       |    1 |
///
/// Offsets are hexadecimal. In a list, four bytes for each interface follow: class, subclass, protocol, zero.
/// Source: `docs/protocols/usbip.md` 3.
public struct USBIPDeviceRecord: Equatable, Sendable {
  public static let byteCount = 312
  public static let interfaceByteCount = 4
  public static let pathByteCount = 256
  public static let busIDByteCount = 32

  /// `enum usb_device_speed` of the kernel.
  public enum Speed: UInt32, Sendable {
    case unknown = 0
    case low = 1
    case full = 2
    case high = 3
    case wireless = 4
    case `super` = 5
    case superPlus = 6

    /// Mb/s; `nil` when unknown.
    public var megabitsPerSecond: Double? {
      switch self {
      case .unknown, .wireless: nil
      case .low: 1.5
      case .full: 12
      case .high: 480
      case .super: 5000
      case .superPlus: 10_000
      }
    }
  }

  /// The class of one interface.
  public struct Interface: Equatable, Sendable {
    public var interfaceClass: UInt8
    public var interfaceSubclass: UInt8
    public var interfaceProtocol: UInt8

    public init(class interfaceClass: UInt8, subclass: UInt8, protocol interfaceProtocol: UInt8) {
      self.interfaceClass = interfaceClass
      interfaceSubclass = subclass
      self.interfaceProtocol = interfaceProtocol
    }
  }

  public var path: String
  public var busID: String
  public var busNumber: UInt32
  public var deviceNumber: UInt32
  public var speed: Speed
  public var vendorID: UInt16
  public var productID: UInt16
  public var deviceRelease: UInt16
  public var deviceClass: UInt8
  public var deviceSubclass: UInt8
  public var deviceProtocol: UInt8
  /// 0 while the device is not configured.
  public var configurationValue: UInt8
  public var configurationCount: UInt8
  /// bNumInterfaces of the active configuration.
  public var interfaceCount: UInt8

  public init(
    path: String, busID: String, busNumber: UInt32, deviceNumber: UInt32, speed: Speed, device: DeviceDescriptor,
    configurationValue: UInt8, interfaceCount: UInt8
  ) {
    self.path = path
    self.busID = busID
    self.busNumber = busNumber
    self.deviceNumber = deviceNumber
    self.speed = speed
    vendorID = device.vendorID
    productID = device.productID
    deviceRelease = device.deviceRelease
    deviceClass = device.deviceClass
    deviceSubclass = device.deviceSubclass
    deviceProtocol = device.deviceProtocol
    self.configurationValue = configurationValue
    configurationCount = device.configurationCount
    self.interfaceCount = interfaceCount
  }

  /// What commands name the device by: busnum in the upper half, devnum in the lower.
  public var deviceID: UInt32 { busNumber << 16 | (deviceNumber & 0xFFFF) }

  /// Reads one record at the beginning of `bytes`; a speed that is not known reads as such.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    path = try bytes.text(Self.pathByteCount, at: 0)
    busID = try bytes.text(Self.busIDByteCount, at: 0x100)
    busNumber = try bytes.load(bigEndian: UInt32.self, at: 0x120)
    deviceNumber = try bytes.load(bigEndian: UInt32.self, at: 0x124)
    speed = Speed(rawValue: try bytes.load(bigEndian: UInt32.self, at: 0x128)) ?? .unknown
    vendorID = try bytes.load(bigEndian: UInt16.self, at: 0x12C)
    productID = try bytes.load(bigEndian: UInt16.self, at: 0x12E)
    deviceRelease = try bytes.load(bigEndian: UInt16.self, at: 0x130)
    deviceClass = try bytes.byte(at: 0x132)
    deviceSubclass = try bytes.byte(at: 0x133)
    deviceProtocol = try bytes.byte(at: 0x134)
    configurationValue = try bytes.byte(at: 0x135)
    configurationCount = try bytes.byte(at: 0x136)
    interfaceCount = try bytes.byte(at: 0x137)
  }

  /// Writes the record. Path and bus id are cut so that a zero byte ends them.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(text: path, width: Self.pathByteCount)
    bytes.append(text: busID, width: Self.busIDByteCount)
    for field in [busNumber, deviceNumber, speed.rawValue] { bytes.append(bigEndian: field) }
    for field in [vendorID, productID, deviceRelease] { bytes.append(bigEndian: field) }
    bytes.append(contentsOf: [
      deviceClass, deviceSubclass, deviceProtocol, configurationValue, configurationCount, interfaceCount,
    ])
  }
}

extension USBIPDeviceRecord.Interface {
  /// Reads the four bytes at the beginning of `bytes`.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(USBIPDeviceRecord.interfaceByteCount, at: 0)
    self.init(
      class: try bytes.byte(at: 0), subclass: try bytes.byte(at: 1), protocol: try bytes.byte(at: 2))
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [interfaceClass, interfaceSubclass, interfaceProtocol, 0])
  }
}

/// The bus id of OP_REQ_IMPORT: 32 bytes behind the `USBIPOperation`.
public struct USBIPBusID: Equatable, Sendable {
  public var text: String

  /// The longest that fits with the zero byte that ends it.
  public static let maximumByteCount = USBIPDeviceRecord.busIDByteCount - 1

  public init(_ text: String) { self.text = text }

  public init(parsing bytes: RawSpan) throws(WireError) {
    text = try bytes.text(USBIPDeviceRecord.busIDByteCount, at: 0)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(text: text, width: USBIPDeviceRecord.busIDByteCount)
  }
}

extension RawSpan {
  /// Text in a field of fixed width, up to its first zero byte; what is no UTF-8 becomes U+FFFD.
  fileprivate func text(_ width: Int, at offset: Int) throws(WireError) -> String {
    String(decoding: try copy(width, at: offset).prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Text in a field of fixed width whose last byte is zero.
  fileprivate mutating func append(text: String, width: Int) {
    let bytes = text.utf8.prefix(width - 1)
    append(contentsOf: bytes)
    append(contentsOf: repeatElement(0, count: width - bytes.count))
  }
}
