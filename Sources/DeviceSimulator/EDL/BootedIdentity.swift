import USBWire

/// What a phone shows once it has started its system: the debug bridge of Android, which answers nothing here.
enum BootedIdentity {
  static let identity: SimulatedIdentity = {
    var device = DeviceDescriptor(vendorID: 0x18D1, productID: 0x4EE7, deviceRelease: 0x0440)
    device.manufacturerIndex = 1
    device.productIndex = 2
    let endpoints = [EndpointAddress.input(1), .output(1)].map {
      EndpointDescriptor(address: $0, type: .bulk, maximumPacketSize: 512, extra: [])
    }
    let setting = InterfaceDescriptor(number: 0, class: 0xFF, subclass: 0x42, protocol: 1, endpoints: endpoints)
    return SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 250, settings: [setting])
      ], strings: [1: "Android", 2: "Android"], speed: 480)
  }()
}
