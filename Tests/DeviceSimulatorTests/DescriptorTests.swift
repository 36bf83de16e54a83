import DeviceSimulator
import FlashCore
import Testing
import USBWire
import WireFormat

/// `docs/protocols/mkii.md` 2.4, and the standard requests every device answers.
@Suite struct `Descriptors and standard requests` {
  func read(_ host: inout TestHost, _ kind: DescriptorKind, index: UInt8 = 0, length: UInt16 = 255) -> ControlOutcome {
    host.port.request(.getDescriptor(kind, index: index, length: length), at: host.now)
  }

  func hex(_ outcome: ControlOutcome) -> String? {
    if case .data(let bytes) = outcome { Hex.string(bytes, separator: " ") } else { nil }
  }

  @Test func `the device descriptor is the gadget's`() throws {
    var host = try TestHost()
    #expect(hex(read(&host, .device)) == "12 01 00 02 02 00 00 40 21 04 C8 01 00 01 01 02 03 01")
  }

  @Test func `the configuration descriptor is the gadget's`() throws {
    var host = try TestHost()
    let expected = """
      09 02 51 00 03 01 04 80 FA 09 04 00 00 00 02 FE 00 00 05 24 00 10 01 05 24 AB 05 15 05 24 06 00 \
      01 09 04 01 00 00 0A 00 00 00 09 04 01 01 02 0A 00 00 00 07 05 01 02 00 02 00 07 05 81 02 00 02 \
      00 09 04 02 00 01 FF 00 00 05 07 05 02 02 00 02 00
      """
    #expect(hex(read(&host, .configuration)) == expected)
    #expect(hex(read(&host, .configuration, length: 9)) == "09 02 51 00 03 01 04 80 FA")
    #expect(read(&host, .configuration, index: 1) == .stalled)
  }

  @Test func `strings are the gadget's, the serial number empty`() throws {
    var host = try TestHost()
    let expected = [
      1: "Nokia", 2: "N900 (PC-Suite Mode)", 3: "", 4: "Firmware Upgrade Configuration", 5: "Device Upgrade Interface",
    ]
    for (index, text) in expected {
      guard case .data(let bytes) = read(&host, .string, index: UInt8(index)) else {
        Issue.record("string \(index)")
        continue
      }
      #expect(StringDescriptor.text(bytes) == text)
    }
    #expect(hex(read(&host, .string)) == "04 03 09 04")
    #expect(read(&host, .string, index: 9) == .stalled)
  }

  @Test func `a USB 2.0 device has no BOS descriptor`() throws {
    var host = try TestHost()
    #expect(read(&host, .bos) == .stalled)
  }

  @Test func `the qualifier and the other speed's configuration say what full speed would be like`() throws {
    var host = try TestHost()
    #expect(hex(read(&host, .deviceQualifier)) == "0A 06 00 02 02 00 00 40 01 00")
    let expected = """
      09 07 51 00 03 01 04 80 FA 09 04 00 00 00 02 FE 00 00 05 24 00 10 01 05 24 AB 05 15 05 24 06 00 \
      01 09 04 01 00 00 0A 00 00 00 09 04 01 01 02 0A 00 00 00 07 05 01 02 40 00 00 07 05 81 02 40 00 \
      00 09 04 02 00 01 FF 00 00 05 07 05 02 02 40 00 00
      """
    #expect(hex(read(&host, .otherSpeedConfiguration)) == expected)
    #expect(read(&host, .otherSpeedConfiguration, index: 1) == .stalled)
  }

  @Test func `configuration and alternate settings are kept and read back`() throws {
    var host = try TestHost(opens: false)
    let getInterface = SetupPacket(requestType: 0x81, request: 10, value: 0, index: 1, length: 1)
    let getConfiguration = SetupPacket(requestType: 0x80, request: 8, value: 0, index: 0, length: 1)
    #expect(host.port.request(getConfiguration, at: host.now) == .data([1]))
    #expect(host.port.request(getInterface, at: host.now) == .data([0]))
    host.open()
    #expect(host.port.request(getInterface, at: host.now) == .data([1]))
    #expect(host.port.request(.setInterface(1, alternate: 2), at: host.now) == .stalled)
    #expect(host.port.request(.setInterface(7, alternate: 0), at: host.now) == .stalled)
    #expect(host.port.request(.setConfiguration(3), at: host.now) == .stalled)
  }

  @Test func `an endpoint is halted and cleared by the host`() throws {
    var host = try TestHost()
    let setHalt = SetupPacket(requestType: 2, request: 3, value: 0, index: 0x81, length: 0)
    let getStatus = SetupPacket(requestType: 0x82, request: 0, value: 0, index: 0x81, length: 2)
    #expect(host.port.request(setHalt, at: host.now) == .data([]))
    #expect(host.port.request(getStatus, at: host.now) == .data([1, 0]))
    #expect(host.receive() == .stalled)
    #expect(host.port.request(.clearHalt(TestHost.messageIn), at: host.now) == .data([]))
    #expect(host.receive() == .busy)
  }

  @Test func `an endpoint or interface that does not exist has no status and no halt`() throws {
    var host = try TestHost()
    for (type, index) in [(0x82, 0x87), (0x81, 9)] as [(UInt8, UInt16)] {
      #expect(host.control(SetupPacket(requestType: type, request: 0, value: 0, index: index, length: 2)) == .stalled)
    }
    #expect(host.control(SetupPacket(requestType: 2, request: 3, value: 0, index: 0x87, length: 0)) == .stalled)
  }

  @Test func `what super speed alone knows is refused at high speed, and so are test modes`() throws {
    var host = try TestHost.loopback()
    for setup in Self.superSpeedRequests { #expect(host.control(setup, data: []) == .stalled, "\(setup)") }
    #expect(host.control(SetupPacket(requestType: 0, request: 3, value: 2, index: 0x0100, length: 0)) == .stalled)
  }

  /// SET_SEL, SET_ISOCH_DELAY, U1_ENABLE, FUNCTION_SUSPEND.
  static let superSpeedRequests = [
    SetupPacket(requestType: 0, request: 0x30, value: 0, index: 0, length: 6),
    SetupPacket(requestType: 0, request: 0x31, value: 40, index: 0, length: 0),
    SetupPacket(requestType: 0, request: 3, value: 48, index: 0, length: 0),
    SetupPacket(requestType: 1, request: 3, value: 0, index: 0x0200, length: 0),
  ]

  @Test func `remote wakeup is switched on and off where the configuration allows it`() throws {
    let status = SetupPacket(requestType: 0x80, request: 0, value: 0, index: 0, length: 2)
    func feature(_ request: UInt8) -> SetupPacket {
      SetupPacket(requestType: 0, request: request, value: 1, index: 0, length: 0)
    }
    var host = try TestHost.loopback()
    #expect(host.control(status) == .data([0b01, 0]))
    #expect(host.control(feature(3)) == .data([]))
    #expect(host.control(status) == .data([0b11, 0]))
    #expect(host.control(feature(1)) == .data([]))
    #expect(host.control(status) == .data([0b01, 0]))
    // The RX-51's configuration allows no such thing, and is powered by the bus.
    host = try TestHost()
    #expect(host.control(feature(3)) == .stalled)
    #expect(host.control(status) == .data([0, 0]))
  }

  @Test func `a class request that nobody knows is refused`() throws {
    var host = try TestHost()
    let setup = SetupPacket(requestType: 0x21, request: 0x22, value: 0, index: 0, length: 0)
    #expect(host.port.request(setup, at: host.now) == .stalled)
  }

  @Test func `message endpoints exist only in alternate setting 1`() throws {
    var host = try TestHost(opens: false)
    #expect(host.send([0x1B]) == .noSuchEndpoint)
    #expect(host.receive() == .noSuchEndpoint)
    host.open()
    #expect(host.receive() == .busy)
  }

  @Test func `look-alikes and PC Suite show what their quirk says`() throws {
    func info(_ quirk: String) throws -> (product: String?, configuration: String?, alternates: Int, raw: Bool) {
      let port = try TestHost(quirks: [quirk]).port
      let identity = try #require(port.identity)
      let info = identity.info(portPath: "0-1", bus: 0, address: 1)
      let settings = info.configuration?.settings ?? []
      return (
        info.product, info.configurationName, settings.filter { $0.number == 1 }.count,
        settings.contains { $0.interfaceClass == 0xFF }
      )
    }
    #expect(try info("u-boot") == ("N900 (U-Boot)", "Firmware Upgrade Configuration", 1, false))
    #expect(try info("no-raw-interface") == ("N900 (PC-Suite Mode)", "Firmware Upgrade Configuration", 2, false))
    #expect(try info("pc-suite-strings") == ("N900 (PC-Suite Mode)", "PC-Suite Configuration", 2, true))
  }

  @Test func `the raw endpoint has the number that is asked for`() throws {
    let identity = try #require(try TestHost(settings: [("raw-endpoint", "5")]).port.identity)
    let raw = identity.configurations[0].settings.first { $0.interfaceClass == 0xFF }
    #expect(raw?.endpoints.map(\.address) == [.output(5)])
  }
}
