import FlashCore
import Qualcomm
import Testing
import USBWire

@Suite struct `Qualcomm family` {
  let family = QualcommFamily()

  @Test(
    "names the mode of every id that is a download mode for certain",
    arguments: [
      (0x05C6, 0x9008, "EDL"), (0x05C6, 0x900E, "crash dump"), (0x0FCE, 0x9DDE, "EDL"), (0x0FCE, 0xADED, "EDL"),
      (0x3801, 0x9008, "EDL"), (0x1199, 0x9062, "download"), (0x0846, 0x68E0, "download"),
      (0x19D2, 0x0076, "download"), (0x05C6, 0x9201, "QDL"), (0x05C6, 0x9274, "QDL"), (0x1199, 0x68A4, "QDL"),
      (0x1410, 0xA012, "QDL"), (0x1F45, 0x0001, "QDL"), (0x1004, 0x61A1, "crash dump"),
    ] as [(UInt16, UInt16, String)])
  func modes(vendor: UInt16, product: UInt16, mode: String) {
    // QDL speaks other protocols than Sahara, and nobody has seen LG's.
    let isSupported = mode != "QDL" && vendor != 0x1004
    #expect(
      family.recognise(device(vendor, product))
        == RecognisedMode(family: "qualcomm", mode: mode, isSupported: isSupported))
  }

  @Test func `finds the endpoints by the shape of their interface, whichever it is`() throws {
    var composite = device(0x05C6, 0x90DB)
    var port = Self.vendorPair(0, 0x30)
    composite.configuration = configuration([port])
    #expect(QualcommEndpoints(.usb(composite)) == nil)
    var other = Self.vendorPair(2, 0x13)
    other.endpoints[0].address = .input(5)
    other.endpoints[0].maximumPacketSize = 1024
    other.endpoints[1].address = .output(3)
    port.endpoints.removeLast()
    composite.configuration = configuration([port, other, Self.vendorPair(4, 0xFF)])
    let endpoints = try #require(QualcommEndpoints(.usb(composite)))
    #expect(endpoints.interface == 2 && endpoints.input == .input(5) && endpoints.output == .output(3))
    #expect(endpoints.packetByteCount == 1024 && !endpoints.isStream)
    #expect(QualcommEndpoints(.stream)?.isStream == true)
  }

  @Test(
    "takes no modem that runs its firmware for one in a download mode",
    arguments: [
      (0x05C6, 0x9001), (0x05C6, 0x9002), (0x05C6, 0x9025), (0x05C6, 0x901D), (0x05C6, 0x90DB), (0x2C7C, 0x0125),
      (0x1BC7, 0x1040), (0x12D1, 0x1506), (0x413C, 0x81D7),
    ] as [(UInt16, UInt16)])
  func modems(vendor: UInt16, product: UInt16) {
    #expect(family.identities.contains { $0.vendorID == vendor && $0.productID == product && !$0.isDistinctive })
    #expect(family.recognise(device(vendor, product)) == nil)
  }

  @Test func `does not list the mass-storage id 05c6 9006`() {
    #expect(!family.identities.contains { $0.vendorID == 0x05C6 && $0.productID == 0x9006 })
  }

  @Test(
    "goes by the interface where an id does not tell",
    arguments: [
      (0x10, "Sahara"), (0x11, "Sahara"), (0x13, "Sahara"), (0x30, "DIAG"), (0xFF, "EDL or DIAG"),
    ] as [(UInt8, String)])
  func interfaces(interfaceProtocol: UInt8, mode: String) {
    for product in [0x901D, 0x4321] as [UInt16] {
      var known = device(0x05C6, product)
      known.configuration = configuration([Self.vendorPair(0, interfaceProtocol)])
      #expect(family.recognise(known)?.mode == mode)
    }
  }

  @Test func `finds Sahara beside other interfaces of a composite`() {
    var composite = device(0x05C6, 0x90DB)
    composite.configuration = configuration([Self.vendorPair(0, 0x40), Self.vendorPair(1, 0x10)])
    #expect(family.recognise(composite)?.mode == "Sahara")
  }

  @Test func `takes FF FF FF of a composite for DIAG and skips ports with an interrupt endpoint`() {
    var composite = device(0x05C6, 0x9001)
    var port = Self.vendorPair(0, 0xFF)
    port.endpoints.append(EndpointDescriptor(address: .input(3), type: .interrupt, maximumPacketSize: 10))
    composite.configuration = configuration([port, InterfaceDescriptor(number: 1, class: 8, subclass: 6, protocol: 80)])
    #expect(family.recognise(composite) == nil)
    composite.configuration = configuration([port, Self.vendorPair(1, 0xFF)])
    #expect(family.recognise(composite)?.mode == "DIAG")
  }

  @Test func `leaves vendor interfaces of other vendors alone`() {
    var stranger = device(0x1234, 0x5678)
    stranger.configuration = configuration([Self.vendorPair(0, 0xFF)])
    #expect(family.recognise(stranger) == nil)
  }

  private func device(_ vendor: UInt16, _ product: UInt16) -> USBDeviceInfo {
    USBDeviceInfo(portPath: "1-4", bus: 1, address: 7, vendorID: vendor, productID: product)
  }

  private func configuration(_ settings: [InterfaceDescriptor]) -> ConfigurationDescriptor {
    ConfigurationDescriptor(value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 1, settings: settings)
  }

  private static func vendorPair(_ number: UInt8, _ interfaceProtocol: UInt8) -> InterfaceDescriptor {
    InterfaceDescriptor(
      number: number, class: 0xFF, subclass: 0xFF, protocol: interfaceProtocol,
      endpoints: [
        EndpointDescriptor(address: .input(1), type: .bulk, maximumPacketSize: 512),
        EndpointDescriptor(address: .output(1), type: .bulk, maximumPacketSize: 512),
      ])
  }
}
