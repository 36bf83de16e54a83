import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `MediaTek descriptors` {
  private func configuration(_ layout: DescriptorLayoutValue) throws -> [UInt8] {
    let identity = MediaTekIdentity(layout: layout).identity
    var bytes: [UInt8] = []
    try #require(identity.configurations.first).serialize(into: &bytes)
    return bytes
  }

  @Test func `of a classic preloader are those of mtk-brom.md 2.2`() throws {
    var device: [UInt8] = []
    MediaTekIdentity().identity.device.serialize(into: &device)
    #expect(device == Hex.bytes("12 01 00 02 02 00 00 40 8D 0E 00 20 00 01 01 02 00 01"))
    #expect(
      try configuration(.classic)
        == Hex.bytes(
          """
          09 02 43 00 02 01 03 C0 FA
          09 04 00 00 02 0A 00 00 04   07 05 81 02 00 02 00   07 05 01 02 00 02 00
          09 04 01 00 01 02 02 01 05   05 24 00 10 01   04 24 02 0F   05 24 06 01 00   05 24 01 03 00
          07 05 83 03 40 00 10
          """))
  }

  @Test func `of the odd form have endpoint descriptors of eight bytes`() throws {
    let bytes = try configuration(.odd)
    #expect(bytes.count == 70 && bytes[2] == 0x46)
    let parsed = try ConfigurationDescriptor(parsing: bytes.rawSpan)
    #expect(parsed.settings.map(\.number) == [1, 0])
    #expect(parsed.settings.flatMap(\.endpoints).allSatisfy { $0.tail == [0] })
    var again: [UInt8] = []
    parsed.serialize(into: &again)
    #expect(again == bytes)
  }

  @Test func `of a boot ROM are full speed, with the communication interface first`() throws {
    let identity = MediaTekIdentity(productID: 0x0003, layout: .bootROM).identity
    #expect(identity.speed == 12)
    let settings = try #require(identity.configurations.first).settings
    #expect(settings.map(\.interfaceClass) == [0x02, 0x0A])
    #expect(settings[1].endpoints.allSatisfy { $0.maximumPacketSize == 64 })
  }
}
