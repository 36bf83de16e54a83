import USBWire

/// The descriptors of a device that speaks Sahara. Source: `docs/protocols/sahara.md` 1.2.
struct SaharaIdentity: Sendable {
  var vendorID: UInt16 = 0x05C6
  var productID: UInt16 = 0x9008
  var interfaceProtocol: UInt8 = 0xFF
  var interface: UInt8 = 0
  var input = EndpointAddress.input(1)
  var output = EndpointAddress.output(1)
  var packetSize = PacketSizeValue.high
  var manufacturer = "Qualcomm CDMA Technologies MSM"
  var product = "QUSB_BULK_CID:0404_SN:3EB3EBC4"
  /// Real ones have no iSerial.
  var serialNumber: String?

  /// What a super-speed device has to say in its BOS descriptor (USB 3.2, 9.6.2).
  private static let capabilities = BOSDescriptor(capabilities: [
    .usb2Extension(attributes: 0b10),
    .superSpeed(SuperSpeedCapability(speeds: 0b1110, lowestFullSpeed: 2, u1ExitLatency: 10, u2ExitLatency: 500)),
  ])

  var identity: SimulatedIdentity {
    var device = DeviceDescriptor(vendorID: vendorID, productID: productID, deviceRelease: 0)
    device.manufacturerIndex = 1
    device.productIndex = 2
    device.serialNumberIndex = serialNumber == nil ? 0 : 3
    if packetSize == .super {
      device.usbRelease = 0x0300
      device.maximumPacketSize0 = 9
    }
    let companion: [UInt8] = packetSize == .super ? [6, 0x30, 0, 0, 0, 0] : []
    let endpoints = [input, output].map {
      EndpointDescriptor(address: $0, type: .bulk, maximumPacketSize: packetSize.byteCount, extra: companion)
    }
    let setting = InterfaceDescriptor(
      number: interface, class: 0xFF, subclass: 0xFF, protocol: interfaceProtocol, endpoints: endpoints)
    var strings: [UInt8: String] = [1: manufacturer, 2: product]
    strings[3] = serialNumber
    return SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 1, settings: [setting])
      ], strings: strings, speed: packetSize.speed, capabilities: packetSize == .super ? Self.capabilities : nil)
  }
}
