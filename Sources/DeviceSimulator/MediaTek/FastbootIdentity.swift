import USBWire

/// What a phone shows in fastboot, whose protocol is not imitated: it answers nothing.
enum FastbootIdentity {
  static let identity: SimulatedIdentity = {
    var device = DeviceDescriptor(vendorID: 0x18D1, productID: 0xD00D, deviceRelease: 0x0100)
    device.manufacturerIndex = 1
    device.productIndex = 2
    let endpoints = [EndpointAddress.input(1), .output(1)].map {
      EndpointDescriptor(address: $0, type: .bulk, maximumPacketSize: 512, extra: [])
    }
    let setting = InterfaceDescriptor(
      number: 0, class: 0xFF, subclass: 0x42, protocol: 3, stringIndex: 3, endpoints: endpoints)
    return SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 250, settings: [setting])
      ], strings: [1: "MediaTek", 2: "Android", 3: "fastboot"], speed: 480)
  }()
}
