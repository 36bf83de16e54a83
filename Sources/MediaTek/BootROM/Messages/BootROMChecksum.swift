import WireFormat

/// The checksum of what a boot ROM or preloader is sent: exclusive or of all little-endian 16-bit words, an odd last byte
/// being a word's low byte. Signatures count too.
///
/// Source: `docs/protocols/mtk-brom.md` 8.5; section 14 has what real devices answered.
public enum BootROMChecksum {
  public static func of(_ bytes: RawSpan) -> UInt16 {
    var checksum = XORChecksum16()
    checksum.update(bytes)
    if bytes.byteCount % 2 != 0 {
      let padding: [UInt8] = [0]
      checksum.update(padding.rawSpan)
    }
    return checksum.value
  }

  /// The sum of SEND_IMAGE: little-endian 32-bit words modulo 2^32; one to three bytes at the end count by themselves.
  ///
  /// Source: `docs/protocols/mtk-brom.md` 8.7.
  public static func sum32(_ bytes: [UInt8]) -> UInt32 {
    let words = bytes.count / 4 * 4
    var sum: UInt32 = 0
    for place in stride(from: 0, to: words, by: 4) {
      sum &+=
        UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
        | UInt32(bytes[place + 3]) << 24
    }
    for byte in bytes[words...] { sum &+= UInt32(byte) }
    return sum
  }
}
