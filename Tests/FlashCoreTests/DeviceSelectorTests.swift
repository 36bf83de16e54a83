import FlashCore
import Testing

@Suite struct `Device selectors` {
  @Test(
    "every form of the design is understood and written back the same",
    arguments: [
      ("usb:1-4.2", .usbPort("1-4.2")), ("usb:05c6:9008", .usbIdentity(vendorID: 0x05C6, productID: 0x9008)),
      ("usb:3:17", .usbAddress(bus: 3, address: 17)), ("serial:0AA94EFD", .serialNumber("0AA94EFD")),
      ("product:N900 (PC-Suite Mode)", .product("N900 (PC-Suite Mode)")),
      ("tcp:127.0.0.1:4000", .tcp(host: "127.0.0.1", port: 4000)), ("tcp:[::1]:4000", .tcp(host: "::1", port: 4000)),
      ("sim:rx51", .simulated(model: "rx51", options: [])),
      (
        "sim:rx51,storage=/x,quirk=a,quirk=b",
        .simulated(
          model: "rx51",
          options: [
            .init(key: "storage", value: "/x"), .init(key: "quirk", value: "a"), .init(key: "quirk", value: "b"),
          ])
      ),
      ("tty:/dev/ttyUSB0", .unserved(scheme: "tty", text: "tty:/dev/ttyUSB0")),
      ("usbip:bench:3241/1-4.2", .usbip(host: "bench", port: 3241, busID: "1-4.2")),
      ("usbip:[2001:db8::7]:3240/1-1", .usbip(host: "2001:db8::7", port: 3240, busID: "1-1")),
    ] as [(String, DeviceSelector)])
  func understood(text: String, expected: DeviceSelector) throws {
    #expect(try DeviceSelector(parsing: text) == expected)
    #expect(expected.description == text)
  }

  @Test(
    "a USB/IP server is asked at its standard port unless another is named",
    arguments: [("usbip:bench/1-1", "usbip:bench:3240/1-1"), ("usbip:[::1]/2-3.4", "usbip:[::1]:3240/2-3.4")])
  func standardPort(text: String, expected: String) throws {
    #expect(try DeviceSelector(parsing: text).description == expected)
  }

  @Test func `four hexadecimal digits are ids, three decimal ones are an address`() throws {
    #expect(try DeviceSelector(parsing: "usb:0421:0105") == .usbIdentity(vendorID: 0x421, productID: 0x105))
    #expect(try DeviceSelector(parsing: "usb:042:105") == .usbAddress(bus: 42, address: 105))
    #expect(throws: DeviceSelector.ParseError.self) { try DeviceSelector(parsing: "usb:0421:105") }
    #expect(throws: DeviceSelector.ParseError.self) { try DeviceSelector(parsing: "usb:05c:12") }
  }

  @Test(
    "anything else is refused with the part that is wrong",
    arguments: [
      ("rx51", "scheme"), ("foo:bar", "scheme"), ("usb:", "port path"), ("usb:1", "port path"),
      ("usb:1-", "port path"), ("usb:1-2..3", "port path"), ("usb:../../etc", "port path"), ("tcp:host", "port"),
      ("tcp:host:0", "port"), ("tcp:host:65536", "port"), ("tcp::4000", "host"), ("usbip:bench", "bus id"),
      ("usbip:bench/", "bus id"), ("usbip:bench/1-1/2", "bus id"), ("usbip:bench/1 1", "bus id"),
      ("usbip:bench/12345678901234567890123456789012", "bus id"), ("usbip:/1-1", "host"), ("usbip:a b/1-1", "host"),
      ("usbip:[::1/1-1", "host"), ("usbip:bench:0/1-1", "port"), ("usbip:bench:65536/1-1", "port"),
      ("usbip:[::1]3240/1-1", "port"), ("sim:", "model"),
      ("sim:rx51,storage", "option 'storage'"), ("serial:", "value"),
    ])
  func refused(text: String, part: String) {
    #expect(throws: DeviceSelector.ParseError(text: text, part: part)) { try DeviceSelector(parsing: text) }
  }
}

@Suite struct `Regions` {
  @Test(
    "are read as the command line writes them",
    arguments: [
      ("boot", .named("boot")), ("user/boot", .partition(section: "user", name: "boot")),
      ("user/0x1000+4M", .range(section: "user", start: .bytes(4096), length: .bytes(4 << 20))),
      ("0/34s+2048s", .range(section: "0", start: .sectors(34), length: .sectors(2048))),
      ("boot1/0+1G", .range(section: "boot1", start: .bytes(0), length: .bytes(1 << 30))),
    ] as [(String, Region)])
  func understood(text: String, expected: Region) {
    #expect(Region(parsing: text) == expected)
  }

  @Test(
    "with numbers that are none, or do not fit, are refused",
    arguments: ["", "/", "a/", "/b", "a/b/c", "user/0x+1", "user/1+", "user/1+16777216T", "user/1+17179869184G"])
  func refused(text: String) {
    #expect(Region(parsing: text) == nil)
  }
}
