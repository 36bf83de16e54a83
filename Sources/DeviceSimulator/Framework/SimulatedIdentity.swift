public import FlashCore
public import USBWire

/// What a simulated device shows on the bus: descriptors, strings, speed.
public struct SimulatedIdentity: Equatable, Sendable {
  public var device: DeviceDescriptor
  /// At least one; the first is what a host selects.
  public var configurations: [ConfigurationDescriptor]
  /// Strings by index, from 1 on. A string may be empty.
  public var strings: [UInt8: String]
  /// Mb/s: 12, 480, 5000.
  public var speed: Double
  /// The BOS descriptor, which hosts ask for from bcdUSB 2.01 on.
  public var capabilities: BOSDescriptor?

  public init(
    device: DeviceDescriptor, configurations: [ConfigurationDescriptor], strings: [UInt8: String], speed: Double = 480,
    capabilities: BOSDescriptor? = nil
  ) {
    self.device = device
    self.configurations = configurations
    self.strings = strings
    self.speed = speed
    self.capabilities = capabilities
  }

  /// Whether it runs at high speed, and so has descriptors for full speed as well.
  var isHighSpeed: Bool { speed == 480 }
  var isSuperSpeed: Bool { speed >= 5000 }

  /// The device as discovery would see it at a place on a bus. Empty strings read as none, as on Linux.
  public func info(portPath: String, bus: Int, address: Int) -> USBDeviceInfo {
    var info = USBDeviceInfo(
      portPath: portPath, bus: bus, address: address, vendorID: device.vendorID, productID: device.productID)
    info.deviceRelease = device.deviceRelease
    info.manufacturer = string(device.manufacturerIndex)
    info.product = string(device.productIndex)
    info.serialNumber = string(device.serialNumberIndex)
    info.speed = speed
    guard let configuration = configurations.first else { return info }
    info.configuration = configuration
    info.configurationName = string(configuration.stringIndex)
    for setting in configuration.settings {
      if let name = string(setting.stringIndex) { info.interfaceNames[setting.stringIndex] = name }
    }
    return info
  }

  private func string(_ index: UInt8) -> String? {
    guard index != 0, let text = strings[index], !text.isEmpty else { return nil }
    return text
  }
}
