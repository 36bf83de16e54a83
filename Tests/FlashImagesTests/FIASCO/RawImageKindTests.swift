import FlashImages
import Testing
import WireFormat

@Suite("Types of raw files")
struct RawImageKindTests {
  private func detect(_ sample: [UInt8], byteCount: UInt64) -> RawImageKind? {
    RawImageKind.detect(sample.rawSpan, byteCount: byteCount)
  }

  @Test(
    "a signature at its offset tells the type",
    arguments: [
      (52, "32 4E 44 41 50 45", "2nd"), (20, "32 4E 44", "2nd"), (4, "4E 4F 4C 4F 53 63 6E 64", "secondary"),
      (20, "58 2D 4C 4F 41 44 45 52", "xloader"), (12, "4E 4F 4C 4F 58 6C 64 72", "xloader"),
      (4, "4E 4F 4C 4F 58 6C 64 72", "2nd"), (36, "18 28 6F 01", "kernel"), (1, "00 00 EA", "kernel"),
      (0, "55 42 49 23", "rootfs"), (510, "55 AA", "mmc"), (0, "B0 00 01 03 9D 00 00 00", "cmt-2nd"),
      (0, "B1 00 00 00 82 00 00 00", "cmt-algo"), (0, "B2 00 00 01 44 00 00 00", "cmt-mcusw"),
      (0, "45 3D CD 28", "initfs"), (0, "B4", "FIASCO"),
    ])
  func signatures(offset: Int, hex: String, name: String) {
    var sample = [UInt8](repeating: 0x11, count: 512)
    for (index, byte) in FIASCOVectors.bytes(hex).enumerated() { sample[offset + index] = byte }
    #expect(detect(sample, byteCount: 512)?.rawValue == name)
    #expect(detect([UInt8](repeating: 0x11, count: 512), byteCount: 512) == nil)
  }

  @Test func `a JFFS2 file is an initfs below 16 MiB and a rootfs from there on`() {
    let sample: [UInt8] = [0x85, 0x19, 0x03, 0x20]
    #expect(detect(sample, byteCount: 0xFF_FFFF) == .initfs)
    #expect(detect(sample, byteCount: 0x100_0000) == .rootfs)
  }

  @Test func `the earlier row of the table wins`() {
    var sample = [UInt8](repeating: 0, count: 512)
    sample[510] = 0x55
    sample[511] = 0xAA
    for (index, byte) in "X-LOADER".utf8.enumerated() { sample[20 + index] = byte }
    #expect(detect(sample, byteCount: 512) == .xloader)
  }

  @Test func `a file shorter than the sample is looked at as far as it goes`() {
    #expect(detect(([] as [UInt8]), byteCount: 0) == nil)
    #expect(detect(Array("UBI".utf8), byteCount: 3) == nil)
  }
}
