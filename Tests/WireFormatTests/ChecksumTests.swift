import Testing
import WireFormat

@Suite struct `Checksums` {
  /// The table of docs/protocols/fiasco.md 5.2.
  @Test(
    "the data hash is the exclusive or of little-endian words, an odd last byte left out",
    arguments: [
      ([], 0x0000), ([0x41], 0x0000), ([0x41, 0x42], 0x4241), ([0x41, 0x42, 0x43, 0x44], 0x0602),
      ([0x41, 0x42, 0x43, 0x44, 0x45], 0x0602),
      ([0x41, 0x42, 0x43, 0x44, 0x45] + [UInt8](repeating: 0xFF, count: 123), 0x06B8), ([UInt8](0...255), 0x0000),
    ] as [([UInt8], UInt16)])
  func dataHash(bytes: [UInt8], expected: UInt16) {
    var checksum = XORChecksum16()
    checksum.update(bytes.rawSpan)
    #expect(checksum.value == expected)
  }

  @Test func `pieces of any length give the hash of the whole`() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }
    var whole = XORChecksum16()
    whole.update(bytes.rawSpan)
    for size in [1, 2, 3, 7, 31, 32, 33, 64, 999] {
      var pieces = XORChecksum16()
      var offset = 0
      while offset < bytes.count {
        let end = min(offset + size, bytes.count)
        pieces.update(Array(bytes[offset..<end]).rawSpan)
        offset = end
      }
      #expect(pieces.value == whole.value, "pieces of \(size)")
    }
    #expect(whole.value == reference(bytes))
  }

  private func reference(_ bytes: [UInt8]) -> UInt16 {
    stride(from: 0, to: bytes.count - 1, by: 2).reduce(0) { $0 ^ (UInt16(bytes[$1]) | UInt16(bytes[$1 + 1]) << 8) }
  }

  @Test func `the additive checksum wraps at 256`() {
    var checksum = AdditiveChecksum8()
    checksum.update([0xFF, 0x02, 0x10] as [UInt8])
    #expect(checksum.sum == 0x11)
  }
}
