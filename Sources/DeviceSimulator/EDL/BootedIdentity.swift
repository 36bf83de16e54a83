import USBWire

/// What a phone shows once it has started its system: the debug bridge of Android, which answers nothing here.
enum BootedIdentity {
  static let identity: SimulatedIdentity = {
    var device = DeviceDescriptor(vendorID: 0x18D1, productID: 0x4EE7, deviceRelease: 0x0440)
    device.manufacturerIndex = 1
    device.productIndex = 2
    return silentPort(of: device, protocol: 1, strings: [1: "Android", 2: "Android"])
  }()

  /// A device with one of Android's vendor interfaces, FF/42: a bulk endpoint each way. The interface's name is string 3,
  /// where there is one.
  static func silentPort(
    of device: DeviceDescriptor, protocol number: UInt8, strings: [UInt8: String]
  ) -> SimulatedIdentity {
    let endpoints = [EndpointAddress.input(1), .output(1)].map {
      EndpointDescriptor(address: $0, type: .bulk, maximumPacketSize: 512, extra: [])
    }
    let setting = InterfaceDescriptor(
      number: 0, class: 0xFF, subclass: 0x42, protocol: number, stringIndex: strings[3] == nil ? 0 : 3,
      endpoints: endpoints)
    return SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 250, settings: [setting])
      ], strings: strings, speed: 480)
  }
}
