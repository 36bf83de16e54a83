import USBWire

/// The descriptors of MediaTek's boot ROMs, preloaders and agents. Source: `docs/protocols/mtk-brom.md` 2.2.
struct MediaTekIdentity: Sendable {
  var vendorID: UInt16 = 0x0E8D
  var productID: UInt16 = 0x2000
  var layout = DescriptorLayoutValue.classic
  /// Real ones have none.
  var serialNumber: String?

  static let input = EndpointAddress.input(1)
  static let output = EndpointAddress.output(1)

  var packetByteCount: Int { isFullSpeed ? 64 : 512 }
  var isFullSpeed: Bool { layout == .bootROM || layout == .comPort }

  private enum StringIndex {
    static let manufacturer: UInt8 = 1
    static let product: UInt8 = 2
    static let configuration: UInt8 = 3
    static let data: UInt8 = 4
    static let communication: UInt8 = 5
    static let serialNumber: UInt8 = 6
  }

  var identity: SimulatedIdentity {
    var device = DeviceDescriptor(vendorID: vendorID, productID: productID)
    device.deviceClass = 0x02
    device.serialNumberIndex = serialNumber == nil ? 0 : StringIndex.serialNumber
    var strings: [UInt8: String] = [:]
    strings[StringIndex.serialNumber] = serialNumber
    if !isFullSpeed {
      device.manufacturerIndex = StringIndex.manufacturer
      device.productIndex = StringIndex.product
      strings[StringIndex.manufacturer] = "MediaTek"
      strings[StringIndex.product] = "MT65xx Preloader"
      strings[StringIndex.configuration] = "USB CDC ACM for preloader"
      strings[StringIndex.data] = "CDC ACM Data Interface"
      strings[StringIndex.communication] = "CDC ACM Communication Interface"
    }
    let configuration = ConfigurationDescriptor(
      value: 1, stringIndex: isFullSpeed ? 0 : StringIndex.configuration, attributes: 0xC0, maximumPower: 250,
      settings: interfaces)
    return SimulatedIdentity(
      device: device, configurations: [configuration], strings: strings, speed: isFullSpeed ? 12 : 480)
  }

  private var interfaces: [InterfaceDescriptor] {
    switch layout {
    case .classic, .comPort: [data(0), communication(1, data: 0)]
    case .newer, .bootROM: [communication(0, data: 1), data(1)]
    case .odd: [data(1), communication(0, data: 1)]
    }
  }

  private func data(_ number: UInt8) -> InterfaceDescriptor {
    InterfaceDescriptor(
      number: number, class: 0x0A, subclass: 0, protocol: 0, stringIndex: isFullSpeed ? 0 : StringIndex.data,
      endpoints: [
        endpoint(Self.input, .bulk, UInt16(packetByteCount)), endpoint(Self.output, .bulk, UInt16(packetByteCount)),
      ])
  }

  /// Header, call management, capabilities, union, in the order of real ones.
  private func communication(_ number: UInt8, data: UInt8) -> InterfaceDescriptor {
    InterfaceDescriptor(
      number: number, class: 0x02, subclass: 0x02, protocol: 0x01,
      stringIndex: isFullSpeed ? 0 : StringIndex.communication, endpoints: [interrupt],
      extra: [
        0x05, 0x24, 0x00, 0x10, 0x01, 0x04, 0x24, 0x02, 0x0F, 0x05, 0x24, 0x06, number, data, 0x05, 0x24, 0x01, 0x03,
        data,
      ])
  }

  private var interrupt: EndpointDescriptor {
    switch layout {
    case .bootROM: endpoint(.input(2), .interrupt, 64, interval: 16)
    case .comPort: endpoint(.input(4), .interrupt, 16, interval: 16)
    default: endpoint(.input(3), .interrupt, 64, interval: 16)
    }
  }

  private func endpoint(
    _ address: EndpointAddress, _ type: EndpointDescriptor.TransferType, _ size: UInt16, interval: UInt8 = 0
  ) -> EndpointDescriptor {
    var endpoint = EndpointDescriptor(address: address, type: type, maximumPacketSize: size, interval: interval)
    if layout == .odd { endpoint.tail = [0] }
    return endpoint
  }
}
