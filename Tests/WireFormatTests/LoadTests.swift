import Testing
import WireFormat

@Suite struct `Loading integers` {
  let bytes: [UInt8] = [0x01, 0x02, 0x03, 0x04, 0x05]

  @Test func `reads both byte orders at any offset`() throws {
    #expect(try bytes.rawSpan.load(littleEndian: UInt32.self, at: 1) == 0x0504_0302)
    #expect(try bytes.rawSpan.load(bigEndian: UInt32.self, at: 1) == 0x0203_0405)
    #expect(try bytes.rawSpan.byte(at: 4) == 5)
  }

  @Test(
    "says where the bytes end instead of reading beyond",
    arguments: [(2, 4, 3), (5, 4, 0), (6, 4, 0), (-1, 4, 6), (Int.max, 4, 0)])
  func truncated(offset: Int, needed: Int, available: Int) {
    #expect(throws: WireError.truncated(at: offset, needed: needed, available: available)) {
      try bytes.rawSpan.load(bigEndian: UInt32.self, at: offset)
    }
  }

  @Test func `copies nothing beyond the end, whatever the count says`() throws {
    #expect(try bytes.rawSpan.copy(2, at: 3) == [4, 5])
    #expect(throws: WireError.self) { try bytes.rawSpan.copy(Int.max, at: 1) }
    #expect(throws: WireError.self) { try bytes.rawSpan.copy(-1, at: 1) }
  }

  @Test func `appends what loads read`() throws {
    var written: [UInt8] = []
    written.append(littleEndian: 0x1122_3344 as UInt32)
    written.append(bigEndian: 0x5566 as UInt16)
    written.append("RX-51", paddedTo: 4)
    written.append("a", paddedTo: 3)
    #expect(written == [0x44, 0x33, 0x22, 0x11, 0x55, 0x66, 0x52, 0x58, 0x2D, 0x35, 0x61, 0, 0])
  }
}

@Suite struct `Hexadecimal text` {
  @Test func `goes both ways`() {
    #expect(Hex.string([0xDE, 0xAD, 0x0F] as [UInt8], separator: " ") == "DE AD 0F")
    #expect(Hex.bytes("de AD\n0f") == [0xDE, 0xAD, 0x0F])
    #expect(Hex.bytes("") == [])
  }

  @Test("is refused when it is not hexadecimal or has half a byte", arguments: ["0", "0g", "12 3", "０１"])
  func refused(text: String) {
    #expect(Hex.bytes(text) == nil)
  }
}
