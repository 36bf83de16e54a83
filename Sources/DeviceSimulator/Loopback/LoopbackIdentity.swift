import USBWire

/// The descriptors and strings of the loopback device: `docs/simulated-devices.md`, "The loopback device".
enum LoopbackIdentity {
  /// pid.codes' ids for tests, 1209:0001…0010.
  static let vendorID: UInt16 = 0x1209
  static let productID: UInt16 = 0x0001

  static let source = EndpointAddress.input(1)
  static let sink = EndpointAddress.output(1)
  static let pair = (output: EndpointAddress.output(2), input: EndpointAddress.input(2))
  static let stallingPair = (output: EndpointAddress.output(3), input: EndpointAddress.input(3))
  static let counter = EndpointAddress.input(4)
  static let serial = (output: EndpointAddress.output(5), input: EndpointAddress.input(5))
  static let notifications = EndpointAddress.input(6)

  /// The control interface of the CDC-ACM function; its data interface is the next.
  static let serialInterface: UInt8 = 4

  enum Speed: String, KnobValue, CaseIterable {
    case high
    case `super`

    var megabitsPerSecond: Double { self == .super ? 5000 : 480 }
    var bulkPacketSize: UInt16 { self == .super ? 1024 : 512 }
  }

  private enum StringIndex {
    static let manufacturer: UInt8 = 1
    static let product: UInt8 = 2
    static let serialNumber: UInt8 = 3
    static let configuration: UInt8 = 4
    static let interfaces: UInt8 = 5
  }

  /// In the order of their interface numbers.
  private static let interfaceNames = [
    "Source and sink", "Loopback", "Stalling loopback", "Counter", "Serial", "Serial data",
  ]

  static func make(speed: Speed, productID: UInt16, serialNumber: String) -> SimulatedIdentity {
    var device = DeviceDescriptor(vendorID: vendorID, productID: productID)
    device.usbRelease = speed == .super ? 0x0320 : 0x0210
    // At super speed the size is a power of two.
    device.maximumPacketSize0 = speed == .super ? 9 : 64
    device.manufacturerIndex = StringIndex.manufacturer
    device.productIndex = StringIndex.product
    device.serialNumberIndex = StringIndex.serialNumber
    var strings: [UInt8: String] = [
      StringIndex.manufacturer: "flashctl",
      StringIndex.product: "Loopback",
      StringIndex.serialNumber: serialNumber,
      StringIndex.configuration: "Test endpoints",
    ]
    for (number, name) in interfaceNames.enumerated() { strings[StringIndex.interfaces + UInt8(number)] = name }
    let configuration = ConfigurationDescriptor(
      value: 1, stringIndex: StringIndex.configuration, attributes: 0xE0,
      // 100 mA; the unit is 2 mA, at super speed 8 mA.
      maximumPower: speed == .super ? 12 : 50, settings: interfaces(speed))
    return SimulatedIdentity(
      device: device, configurations: [configuration], strings: strings, speed: speed.megabitsPerSecond,
      capabilities: capabilities)
  }

  /// Link power management at USB 2, which a device of USB 3 must have; full, high and super speed, all functions from
  /// high speed on.
  private static let capabilities = BOSDescriptor(capabilities: [
    .usb2Extension(attributes: 0b10),
    .superSpeed(SuperSpeedCapability(speeds: 0b1110, lowestFullSpeed: 2, u1ExitLatency: 10, u2ExitLatency: 500)),
  ])

  private static func interfaces(_ speed: Speed) -> [InterfaceDescriptor] {
    func vendor(_ number: UInt8, _ endpoints: [EndpointDescriptor]) -> InterfaceDescriptor {
      InterfaceDescriptor(
        number: number, class: 0xFF, subclass: 0, protocol: 0, stringIndex: StringIndex.interfaces + number,
        endpoints: endpoints)
    }
    func bulk(_ address: EndpointAddress) -> EndpointDescriptor {
      endpoint(address, .bulk, speed.bulkPacketSize, speed)
    }
    return [
      vendor(0, [bulk(source), bulk(sink)]),
      vendor(1, [bulk(pair.output), bulk(pair.input)]),
      vendor(2, [bulk(stallingPair.output), bulk(stallingPair.input)]),
      vendor(3, [endpoint(counter, .interrupt, 8, speed)]),
      InterfaceDescriptor(
        number: serialInterface, class: 0x02, subclass: 0x02, protocol: 0,
        stringIndex: StringIndex.interfaces + serialInterface,
        endpoints: [endpoint(notifications, .interrupt, 16, speed)], extra: serialFunction),
      InterfaceDescriptor(
        number: serialInterface + 1, class: 0x0A, subclass: 0, protocol: 0,
        stringIndex: StringIndex.interfaces + serialInterface + 1, endpoints: [bulk(serial.output), bulk(serial.input)]),
    ]
  }

  /// CDC header 1.10; no call management; line coding and serial state; union of control and data interface
  /// (USB CDC 1.2, 5.2.3; PSTN 1.2, 5.3).
  private static let serialFunction: [UInt8] = [
    0x05, 0x24, 0x00, 0x10, 0x01, 0x05, 0x24, 0x01, 0x00, serialInterface + 1, 0x04, 0x24, 0x02, 0x02, 0x05, 0x24, 0x06,
    serialInterface, serialInterface + 1,
  ]

  /// Interrupt endpoints are asked every 2^(4−1) microframes: 1 ms.
  private static func endpoint(
    _ address: EndpointAddress, _ type: EndpointDescriptor.TransferType, _ packetSize: UInt16, _ speed: Speed
  ) -> EndpointDescriptor {
    var companion: [UInt8] = []
    if speed == .super {
      SuperSpeedEndpointCompanion(
        maximumBurst: type == .bulk ? 15 : 0, bytesPerInterval: type == .bulk ? 0 : packetSize
      ).serialize(into: &companion)
    }
    return EndpointDescriptor(
      address: address, type: type, maximumPacketSize: packetSize, interval: type == .bulk ? 0 : 4, extra: companion)
  }
}
