import USBWire

/// The descriptors and strings of the RX-51. Source: `docs/protocols/mkii.md` 2.2–2.4.
enum RX51Identity {
  static let messageOut = EndpointAddress.output(1)
  static let messageIn = EndpointAddress.input(1)
  /// The interface of the messages, whose alternate setting 1 has the endpoints.
  static let messageInterface: UInt8 = 1

  private enum StringIndex {
    static let manufacturer: UInt8 = 1
    static let product: UInt8 = 2
    static let serialNumber: UInt8 = 3
    static let configuration: UInt8 = 4
    static let rawInterface: UInt8 = 5
  }

  /// What the device shows in update or PC Suite mode, which differ in the name of the configuration alone.
  static func make(
    settings: RX51Settings, quirks: RX51Quirks, serialNumber: String, isPCSuite: Bool
  ) -> SimulatedIdentity {
    var device = DeviceDescriptor(vendorID: 0x0421, productID: 0x01C8)
    device.deviceClass = 0x02
    device.manufacturerIndex = StringIndex.manufacturer
    device.productIndex = StringIndex.product
    device.serialNumberIndex = StringIndex.serialNumber
    let rawEndpoint = quirks.hasNoRawInterface ? nil : settings.rawEndpoint.number
    let interfaces = quirks.isUBoot ? uBootInterfaces : updateInterfaces(rawEndpoint: rawEndpoint)
    return SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(
          value: 1, stringIndex: StringIndex.configuration, attributes: 0x80, maximumPower: 0xFA,
          settings: interfaces)
      ],
      strings: [
        StringIndex.manufacturer: "Nokia",
        StringIndex.product: quirks.isUBoot ? "N900 (U-Boot)" : settings.productString,
        StringIndex.serialNumber: serialNumber,
        StringIndex.configuration: isPCSuite ? "PC-Suite Configuration" : settings.configurationString,
        StringIndex.rawInterface: "Device Upgrade Interface",
      ])
  }

  private static func updateInterfaces(rawEndpoint: UInt8?) -> [InterfaceDescriptor] {
    var interfaces = [
      InterfaceDescriptor(
        number: 0, class: 0x02, subclass: 0xFE, protocol: 0,
        // CDC header 1.10, Phonet, union of master 0 and slave 1.
        extra: [0x05, 0x24, 0x00, 0x10, 0x01, 0x05, 0x24, 0xAB, 0x05, 0x15, 0x05, 0x24, 0x06, 0x00, 0x01]),
      InterfaceDescriptor(number: messageInterface, class: 0x0A, subclass: 0, protocol: 0),
      InterfaceDescriptor(
        number: messageInterface, alternate: 1, class: 0x0A, subclass: 0, protocol: 0,
        endpoints: [bulk(messageOut), bulk(messageIn)]),
    ]
    if let rawEndpoint {
      interfaces.append(
        InterfaceDescriptor(
          number: 2, class: 0xFF, subclass: 0, protocol: 0, stringIndex: StringIndex.rawInterface,
          endpoints: [bulk(.output(rawEndpoint))]))
    }
    return interfaces
  }

  /// A serial port with the same ids, told apart by the missing alternate setting (2.1).
  private static var uBootInterfaces: [InterfaceDescriptor] {
    [
      InterfaceDescriptor(
        number: 0, class: 0x02, subclass: 0x02, protocol: 0x01,
        endpoints: [
          EndpointDescriptor(address: .input(2), type: .interrupt, maximumPacketSize: 16, interval: 9)
        ]),
      InterfaceDescriptor(
        number: messageInterface, class: 0x0A, subclass: 0, protocol: 0,
        endpoints: [bulk(messageOut), bulk(messageIn)]),
    ]
  }

  private static func bulk(_ address: EndpointAddress) -> EndpointDescriptor {
    EndpointDescriptor(address: address, type: .bulk, maximumPacketSize: 512)
  }
}
