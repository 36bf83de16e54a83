import Testing
import WireFormat

@Suite("CRC-32")
struct CRC32Tests {
  private func checksum(_ bytes: [UInt8]) -> CRC32 { CRC32(of: bytes.rawSpan) }

  @Test func `the check value and the values of zeros are those of the specification`() {
    #expect(checksum(Array("123456789".utf8)).value == 0xCBF4_3926)
    #expect(checksum([UInt8](repeating: 0, count: 512)).value == 0xB2AA_7578)
    #expect(checksum([UInt8](repeating: 0, count: 16384)).value == 0xAB54_D286)
    #expect(CRC32().value == 0)
  }

  @Test func `pieces of any length give the checksum of the whole`() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let whole = checksum(bytes)
    for cut in [1, 7, 8, 9, 500, 999] {
      let (head, tail) = ([UInt8](bytes[..<cut]), [UInt8](bytes[cut...]))
      var pieces = checksum(head)
      pieces.update(tail.rawSpan)
      #expect(pieces == whole)
    }
  }

  @Test(
    "a repeated pattern counts as if it were written out", arguments: [0, 1, 3, 4, 5, 8, 100, 4096, 4097, 12_345])
  func repeated(count: Int) {
    let pattern: [UInt8] = [0xEF, 0xBE, 0xAD, 0xDE]
    let writtenOut = (0..<count).map { pattern[$0 % 4] }
    var written = checksum([1, 2, 3])
    var counted = written
    written.update(writtenOut.rawSpan)
    counted.update(repeating: pattern, byteCount: UInt64(count))
    #expect(counted == written)
  }

  @Test func `the longest run ends at once`() {
    var one = CRC32()
    one.update(repeating: [0], byteCount: .max)
    var two = CRC32()
    two.update(repeating: [0], byteCount: .max / 5)
    for _ in 0..<4 { two.update(repeating: [0, 0], byteCount: .max / 5) }
    #expect(one == two)
  }
}
