public import WireFormat

/// The device qualifier (USB 2.0, 9.6.2): what the device descriptor would say at the other speed; 10 bytes.
///
/// | offset | field              | notes                       |
/// |-------:|--------------------|-----------------------------|
/// |      2 | bcdUSB             |                             |
/// |      4 | class              | subclass and protocol follow |
/// |      7 | bMaxPacketSize0    | at the other speed          |
/// |      8 | bNumConfigurations | at the other speed          |
/// |      9 | reserved           | 0                           |
public struct DeviceQualifierDescriptor: Equatable, Sendable {
  public static let byteCount = 10

  public var usbRelease: UInt16
  public var deviceClass: UInt8
  public var deviceSubclass: UInt8
  public var deviceProtocol: UInt8
  public var maximumPacketSize0: UInt8
  public var configurationCount: UInt8

  /// Of a device that is the same at both speeds.
  public init(of device: DeviceDescriptor) {
    usbRelease = device.usbRelease
    deviceClass = device.deviceClass
    deviceSubclass = device.deviceSubclass
    deviceProtocol = device.deviceProtocol
    maximumPacketSize0 = device.maximumPacketSize0
    configurationCount = device.configurationCount
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.deviceQualifier.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    usbRelease = try bytes.load(littleEndian: UInt16.self, at: 2)
    deviceClass = try bytes.byte(at: 4)
    deviceSubclass = try bytes.byte(at: 5)
    deviceProtocol = try bytes.byte(at: 6)
    maximumPacketSize0 = try bytes.byte(at: 7)
    configurationCount = try bytes.byte(at: 8)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [UInt8(Self.byteCount), DescriptorKind.deviceQualifier.rawValue])
    bytes.append(littleEndian: usbRelease)
    bytes.append(contentsOf: [
      deviceClass, deviceSubclass, deviceProtocol, maximumPacketSize0, configurationCount, 0,
    ])
  }
}
