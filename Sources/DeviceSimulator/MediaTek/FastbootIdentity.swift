import USBWire

/// What a phone shows in fastboot, whose protocol is not imitated: it answers nothing.
enum FastbootIdentity {
  static let identity: SimulatedIdentity = {
    var device = DeviceDescriptor(vendorID: 0x18D1, productID: 0xD00D, deviceRelease: 0x0100)
    device.manufacturerIndex = 1
    device.productIndex = 2
    return BootedIdentity.silentPort(
      of: device, protocol: 3, strings: [1: "MediaTek", 2: "Android", 3: "fastboot"])
  }()
}
