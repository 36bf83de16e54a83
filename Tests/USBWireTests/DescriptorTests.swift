import Testing
import USBWire
import WireFormat

@Suite struct `Descriptors` {
  /// docs/protocols/mkii.md 2.4.
  static let device = Hex.bytes("12 01 00 02 02 00 00 40 21 04 C8 01 00 01 01 02 03 01") ?? []
  static let configuration =
    Hex.bytes(
      """
      09 02 51 00 03 01 04 80 FA 09 04 00 00 00 02 FE 00 00 05 24 00 10 01 05 24 AB 05 15 05 24 06 00
      01 09 04 01 00 00 0A 00 00 00 09 04 01 01 02 0A 00 00 00 07 05 01 02 00 02 00 07 05 81 02 00 02
      00 09 04 02 00 01 FF 00 00 05 07 05 02 02 00 02 00
      """) ?? []

  @Test func `a device descriptor is read and written byte for byte`() throws {
    let descriptor = try DeviceDescriptor(parsing: Self.device.rawSpan)
    #expect(descriptor.vendorID == 0x0421)
    #expect(descriptor.productID == 0x01C8)
    #expect(descriptor.serialNumberIndex == 3)
    var bytes: [UInt8] = []
    descriptor.serialize(into: &bytes)
    #expect(bytes == Self.device)
  }

  @Test func `a configuration keeps interfaces, alternate settings, endpoints and class descriptors`() throws {
    let descriptor = try ConfigurationDescriptor(parsing: Self.configuration.rawSpan)
    #expect(descriptor.interfaceCount == 3)
    #expect(descriptor.setting(1, of: 1)?.endpoints.map(\.address) == [.output(1), .input(1)])
    #expect(descriptor.setting(0, of: 1)?.endpoints == [])
    #expect(descriptor.setting(0, of: 2)?.endpoints.first?.maximumPacketSize == 512)
    #expect(descriptor.setting(0, of: 0)?.extra.count == 15)
    var bytes: [UInt8] = []
    descriptor.serialize(into: &bytes)
    #expect(bytes == Self.configuration)
  }

  @Test func `every truncation of a configuration is an error or a shorter configuration, never a trap`() {
    for count in 0..<Self.configuration.count {
      var bytes = Array(Self.configuration.prefix(count))
      _ = try? ConfigurationDescriptor(parsing: bytes.rawSpan)
      for index in bytes.indices {
        bytes[index] ^= 0xFF
        _ = try? ConfigurationDescriptor(parsing: bytes.rawSpan)
        bytes[index] ^= 0xFF
      }
    }
    #expect(throws: WireError.truncated(at: 0, needed: 9, available: 4)) {
      try ConfigurationDescriptor(parsing: Array(Self.configuration.prefix(4)).rawSpan)
    }
  }

  @Test func `a descriptor of length zero does not hang the parser`() {
    let bytes: [UInt8] = [9, 2, 20, 0, 1, 1, 0, 0x80, 50, 0, 0, 0]
    #expect(throws: WireError.invalid(field: "bLength", at: 9, value: 0)) {
      try ConfigurationDescriptor(parsing: bytes.rawSpan)
    }
  }

  @Test func `strings are UTF-16 and survive both ways`() {
    #expect(StringDescriptor.bytes("N900") == [10, 3, 0x4E, 0, 0x39, 0, 0x30, 0, 0x30, 0])
    #expect(StringDescriptor.text(StringDescriptor.bytes("Grüße 🙂")) == "Grüße 🙂")
    #expect(StringDescriptor.text([4, 1, 0, 0]) == nil)
    #expect(StringDescriptor.text([200, 3, 0x41, 0, 0x42]) == "A")
  }

  @Test func `a setup packet is eight bytes, little endian`() throws {
    var bytes: [UInt8] = []
    SetupPacket.setInterface(1, alternate: 2).serialize(into: &bytes)
    #expect(bytes == [0x01, 0x0B, 2, 0, 1, 0, 0, 0])
    #expect(try SetupPacket(parsing: bytes.rawSpan) == .setInterface(1, alternate: 2))
  }
}

@Suite struct `Descriptors of other speeds` {
  @Test func `a high-speed configuration becomes a full-speed one`() throws {
    let configuration = ConfigurationDescriptor(
      value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 50,
      settings: [
        InterfaceDescriptor(
          number: 0, class: 0xFF, subclass: 0, protocol: 0,
          endpoints: [
            EndpointDescriptor(address: .input(1), type: .bulk, maximumPacketSize: 512),
            EndpointDescriptor(address: .input(2), type: .interrupt, maximumPacketSize: 1024, interval: 8),
            EndpointDescriptor(address: .input(3), type: .interrupt, maximumPacketSize: 8, interval: 1),
            EndpointDescriptor(address: .input(4), type: .interrupt, maximumPacketSize: 8, interval: 255),
            // Three transactions of 1024 bytes a microframe.
            EndpointDescriptor(address: .input(5), type: .isochronous, maximumPacketSize: 0x1400, interval: 1),
          ])
      ])
    let endpoints = configuration.atFullSpeed().settings[0].endpoints
    #expect(endpoints.map(\.maximumPacketSize) == [64, 64, 8, 8, 1023])
    // 2^(8−1) microframes are 16 ms; less than a frame is one; and there are at most 255.
    #expect(endpoints.map(\.interval) == [0, 16, 1, 255, 1])
  }

  @Test func `a BOS descriptor keeps what it does not know`() throws {
    // A container id of 20 bytes, whose type is 4.
    let bytes: [UInt8] = [5, 15, 25, 0, 1, 20, 16, 4, 0] + [UInt8](repeating: 0xAB, count: 16)
    let store = try BOSDescriptor(parsing: bytes.rawSpan)
    #expect(store.capabilities == [.other(type: 4, data: [0] + [UInt8](repeating: 0xAB, count: 16))])
    var again: [UInt8] = []
    store.serialize(into: &again)
    #expect(again == bytes)
  }

  @Test func `a capability that is too short is refused`() {
    let short: [UInt8] = [5, 15, 7, 0, 1, 2, 16]
    #expect(throws: WireError.invalid(field: "bLength", at: 5, value: 2)) { try BOSDescriptor(parsing: short.rawSpan) }
    let cut: [UInt8] = [5, 15, 8, 0, 1, 10, 16, 3]
    #expect(throws: WireError.truncated(at: 5, needed: 10, available: 3)) { try BOSDescriptor(parsing: cut.rawSpan) }
    let fields: [UInt8] = [5, 15, 9, 0, 1, 4, 16, 3, 0]
    #expect(throws: WireError.self) { try BOSDescriptor(parsing: fields.rawSpan) }
  }

  @Test func `a device qualifier is ten bytes`() throws {
    var device = DeviceDescriptor(vendorID: 1, productID: 2)
    device.deviceClass = 0xEF
    var bytes: [UInt8] = []
    DeviceQualifierDescriptor(of: device).serialize(into: &bytes)
    #expect(bytes == [10, 6, 0, 2, 0xEF, 0, 0, 64, 1, 0])
    #expect(try DeviceQualifierDescriptor(parsing: bytes.rawSpan) == DeviceQualifierDescriptor(of: device))
  }
}
