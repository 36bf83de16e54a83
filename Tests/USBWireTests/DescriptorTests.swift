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
