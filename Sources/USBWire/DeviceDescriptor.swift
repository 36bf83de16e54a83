public import WireFormat

/// bDescriptorType (USB 2.0, table 9-5; USB 3.2 for BOS).
public enum DescriptorKind: UInt8, Sendable {
  case device = 1
  case configuration = 2
  case string = 3
  case interface = 4
  case endpoint = 5
  case deviceQualifier = 6
  case otherSpeedConfiguration = 7
  case bos = 15
  case deviceCapability = 16
  case superSpeedEndpointCompanion = 48
}

/// The device descriptor (USB 2.0, 9.6.1): 18 bytes.
public struct DeviceDescriptor: Equatable, Sendable {
  public static let byteCount = 18

  public var usbRelease: UInt16
  public var deviceClass: UInt8
  public var deviceSubclass: UInt8
  public var deviceProtocol: UInt8
  public var maximumPacketSize0: UInt8
  public var vendorID: UInt16
  public var productID: UInt16
  public var deviceRelease: UInt16
  /// String indices; zero means that there is none.
  public var manufacturerIndex: UInt8
  public var productIndex: UInt8
  public var serialNumberIndex: UInt8
  public var configurationCount: UInt8

  /// A USB 2.0 device with one configuration, and neither strings nor a class of its own until they are set.
  public init(vendorID: UInt16, productID: UInt16, deviceRelease: UInt16 = 0x0100) {
    usbRelease = 0x0200
    deviceClass = 0
    deviceSubclass = 0
    deviceProtocol = 0
    maximumPacketSize0 = 64
    self.vendorID = vendorID
    self.productID = productID
    self.deviceRelease = deviceRelease
    manufacturerIndex = 0
    productIndex = 0
    serialNumberIndex = 0
    configurationCount = 1
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.device.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    usbRelease = try bytes.load(littleEndian: UInt16.self, at: 2)
    deviceClass = try bytes.byte(at: 4)
    deviceSubclass = try bytes.byte(at: 5)
    deviceProtocol = try bytes.byte(at: 6)
    maximumPacketSize0 = try bytes.byte(at: 7)
    vendorID = try bytes.load(littleEndian: UInt16.self, at: 8)
    productID = try bytes.load(littleEndian: UInt16.self, at: 10)
    deviceRelease = try bytes.load(littleEndian: UInt16.self, at: 12)
    manufacturerIndex = try bytes.byte(at: 14)
    productIndex = try bytes.byte(at: 15)
    serialNumberIndex = try bytes.byte(at: 16)
    configurationCount = try bytes.byte(at: 17)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(UInt8(Self.byteCount))
    bytes.append(DescriptorKind.device.rawValue)
    bytes.append(littleEndian: usbRelease)
    bytes.append(contentsOf: [deviceClass, deviceSubclass, deviceProtocol, maximumPacketSize0])
    for field in [vendorID, productID, deviceRelease] { bytes.append(littleEndian: field) }
    bytes.append(contentsOf: [manufacturerIndex, productIndex, serialNumberIndex, configurationCount])
  }
}
