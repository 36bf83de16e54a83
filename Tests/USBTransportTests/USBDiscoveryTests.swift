import FlashCore
import Testing
import USBWire

@testable import USBTransport

@Suite("Discovery in sysfs")
struct USBDiscoveryTests {
  let bus = FakeBus()

  @Test func `throws that there is no USB where sysfs has no bus`() {
    let paths = SystemPaths(sys: bus.folder.path + "/none")
    #expect(throws: OpenError.noUSB(reason: paths.sys + "/bus/usb/devices")) {
      try USBDiscovery(paths: paths).devices()
    }
  }

  @Test func `finds nothing on an empty bus`() throws {
    #expect(try bus.discovery.devices().isEmpty)
  }

  @Test func `reads ids, strings, speed and the active configuration`() throws {
    bus.plug(
      .init(
        port: "1-4.2", bus: 1, address: 17,
        files: [
          "manufacturer": "Nokia", "product": "N900 (Update mode)", "serial": "4E39303020", "speed": "480",
          "bcdDevice": "0100", "configuration": "Firmware Upgrade Configuration",
          "1-4.2:1.2/interface": "Device Upgrade Interface",
        ]))
    let device = try #require(try bus.discovery.devices().first)
    #expect(device.portPath == "1-4.2")
    #expect((device.bus, device.address) == (1, 17))
    #expect(device.identifier == "0421:01c8")
    #expect(device.deviceRelease == 0x0100)
    #expect(device.manufacturer == "Nokia")
    #expect(device.product == "N900 (Update mode)")
    #expect(device.serialNumber == "4E39303020")
    #expect(device.configurationName == "Firmware Upgrade Configuration")
    #expect(device.speed == 480)
    #expect(device.configuration?.settings.map(\.number) == [0, 1, 1, 2])
    #expect(device.interfaceNames == [5: "Device Upgrade Interface"])
  }

  @Test func `takes the active configuration where there are several`() throws {
    var second = Array(FakeBus.updateMode.dropFirst(DeviceDescriptor.byteCount))
    second[5] = 2
    bus.plug(.init(port: "1-1", address: 2, descriptors: FakeBus.updateMode + second))
    bus.set("bConfigurationValue", of: "1-1", to: "2")
    #expect(try bus.discovery.devices().first?.configuration?.value == 2)
  }

  @Test func `leaves out root hubs and interfaces, and orders by port number`() throws {
    for port in ["1-10", "1-2", "2-1", "1-2.3"] { bus.plug(.init(port: port, address: 1)) }
    bus.plug(.init(port: "usb1", address: 1))
    bus.plug(.init(port: "1-2:1.0", address: 1))
    #expect(try bus.discovery.devices().map(\.portPath) == ["1-2", "1-2.3", "1-10", "2-1"])
  }

  @Test func `leaves out a device that is just leaving`() throws {
    bus.plug(.init(port: "1-1", address: 2))
    bus.folder.remove("sys/bus/usb/devices/1-1/idVendor")
    #expect(try bus.discovery.devices().isEmpty)
  }

  @Test(
    "takes any descriptors without trusting them",
    arguments: [
      [], Array(FakeBus.updateMode.prefix(20)), Array(FakeBus.updateMode.prefix(40)),
      FakeBus.updateMode.prefix(18) + [9, 2, 0, 0, 0, 0, 0, 0, 0], [UInt8](repeating: 0xFF, count: 70_000),
      FakeBus.updateMode.prefix(18 + 9) + [0, 0, 0, 0],
    ] as [[UInt8]])
  func descriptors(_ bytes: [UInt8]) throws {
    bus.plug(.init(port: "1-1", address: 2, descriptors: bytes))
    let device = try #require(try bus.discovery.devices().first)
    #expect(device.configuration?.settings.count ?? 0 < 4)
  }

  @Test func `repairs strings that are no UTF-8`() throws {
    bus.plug(.init(port: "1-1", address: 2))
    bus.folder.write([0x41, 0xFF, 0x42, 0x0A], to: "sys/bus/usb/devices/1-1/product")
    #expect(try bus.discovery.devices().first?.product == "A\u{FFFD}B")
  }

  @Test func `tells the drivers and nodes of interfaces`() throws {
    bus.plug(
      .init(
        port: "1-3", address: 5, drivers: [0: "cdc_acm", 1: "cdc_acm", 2: "option"],
        nodes: ["0/tty/ttyACM0", "2/ttyUSB3"]))
    let device = try #require(bus.discovery.device(at: "1-3"))
    let dev = bus.paths.dev
    #expect(
      bus.discovery.interfaces(of: device) == [
        USBInterfaceState(number: 0, driver: "cdc_acm", nodes: [dev + "/ttyACM0"]),
        USBInterfaceState(number: 1, driver: "cdc_acm"),
        USBInterfaceState(number: 2, driver: "option", nodes: [dev + "/ttyUSB3"]),
      ])
  }

  @Test func `names the node by bus and address`() throws {
    bus.plug(.init(port: "12-3", bus: 12, address: 104))
    let device = try #require(bus.discovery.device(at: "12-3"))
    #expect(bus.discovery.node(of: device) == bus.paths.dev + "/bus/usb/012/104")
  }

  @Test func `reads what udev stored`() throws {
    bus.plug(.init(port: "2-3", bus: 2, address: 5))
    bus.folder.write(
      "I:12345\nE:ID_PATH=pci-0000:00:14.0-usb-0:3\nE:ID_MM_DEVICE_IGNORE=1\nG:seat\nE:broken\n",
      to: "run/udev/data/c189:132")
    let device = try #require(bus.discovery.device(at: "2-3"))
    #expect(
      bus.discovery.udevProperties(of: device) == [
        "ID_PATH": "pci-0000:00:14.0-usb-0:3", "ID_MM_DEVICE_IGNORE": "1",
      ])
  }

  @Test(
    "finds the socket's other bus by its port",
    arguments: [("1-4", "usb2-port6", "2-6"), ("1-4.2", "2-6-port2", "2-6.2"), ("1-4", "nonsense", nil)])
  func companion(_ port: String, _ peer: String, _ expected: String?) {
    bus.plug(.init(port: port, address: 3))
    bus.folder.link("sys/bus/usb/devices/\(port)/port/peer", to: "../../somewhere/" + peer)
    #expect(bus.discovery.companionPort(of: port) == expected)
  }
}

@Suite("Device selectors")
struct DeviceSelectorMatchingTests {
  static let nokia: USBDeviceInfo = {
    var device = USBDeviceInfo(portPath: "1-4", bus: 1, address: 7, vendorID: 0x0421, productID: 0x01C8)
    device.product = "N900 (Update mode)"
    device.serialNumber = "4E39303020"
    return device
  }()
  static let qualcomm: USBDeviceInfo = {
    var device = USBDeviceInfo(portPath: "1-4", bus: 1, address: 7, vendorID: 0x05C6, productID: 0x9008)
    device.product = "QUSB_BULK_CID:0414_SN:0AA94EFD"
    return device
  }()

  @Test(
    "mean this device",
    arguments: [
      (nokia, "usb:1-4"), (nokia, "usb:0421:01c8"), (nokia, "usb:1:7"), (nokia, "serial:4E39303020"),
      (nokia, "serial:4e39303020"), (nokia, "serial:N900"), (nokia, "product:N900 (Update mode)"),
      (qualcomm, "serial:0AA94EFD"), (qualcomm, "serial:0aa94efd"),
    ])
  func matching(_ device: USBDeviceInfo, _ selector: String) throws {
    #expect(try DeviceSelector(parsing: selector).matches(device))
  }

  @Test(
    "mean another device",
    arguments: [
      (nokia, "usb:1-4.1"), (nokia, "usb:0421:01c7"), (nokia, "usb:2:7"), (nokia, "serial:4E3930"),
      (nokia, "product:N900"), (qualcomm, "serial:0414"), (nokia, "tcp:localhost:1"), (nokia, "sim:rx51"),
    ])
  func notMatching(_ device: USBDeviceInfo, _ selector: String) throws {
    #expect(try !DeviceSelector(parsing: selector).matches(device))
  }
}
