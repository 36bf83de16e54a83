import FlashImages
import Testing
import WireFormat

@Suite("What an image holds")
struct ContentKindTests {
  private func detect(_ bytes: [UInt8]) -> ContentKind? { ContentKind.detect(bytes.rawSpan) }

  private func sample(_ changes: [(Int, [UInt8])]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0x11, count: 8192)
    for (offset, new) in changes { bytes.replaceSubrange(offset..<offset + new.count, with: new) }
    return bytes
  }

  @Test(
    "a signature at its place tells the kind",
    arguments: [
      (0, Array("ANDROID!".utf8), .androidBoot), (0, Array("VNDRBOOT".utf8), .vendorBoot),
      (0, Array("AVB0".utf8), .vbmeta), (0, [0xD7, 0xB7, 0xAB, 0x1E], .dtbo), (1080, [0x53, 0xEF], .ext),
      (1024, [0x10, 0x20, 0xF5, 0xF2], .f2fs), (1024, [0xE2, 0xE1, 0xF5, 0xE0], .erofs),
      (4096, [0x67, 0x44, 0x6C, 0x61], .superPartition), (0, Array("hsqs".utf8), .squashfs),
      (0, Array("UBI#".utf8), .ubi), (0, [0x7F, 0x45, 0x4C, 0x46], .elf),
      (0, [0x88, 0x16, 0x88, 0x58], .mediaTekImage),
      (0, [0x4D, 0x4D, 0x4D, 0x01], .mediaTekPreloader), (54, Array("FAT16".utf8), .fat),
      (82, Array("FAT32".utf8), .fat), (512, Array("EFI PART".utf8), .gpt), (4096, Array("EFI PART".utf8), .gpt),
      (510, [0x55, 0xAA], .mbr), (0, [0x50, 0x4B, 3, 4], .zip),
    ] as [(Int, [UInt8], ContentKind)])
  func kinds(offset: Int, bytes: [UInt8], kind: ContentKind) {
    #expect(detect(sample([(offset, bytes)])) == kind)
    #expect(detect(Array(sample([(offset, bytes)]).prefix(offset + bytes.count - 1))) == nil)
    #expect(detect(sample([])) == nil)
  }

  @Test func `boot images tell their header version, ext its size, a footer the size before it`() throws {
    let header = sample([(0, Array("ANDROID!".utf8)), (40, [4, 0, 0, 0])])
    var boot = ImageContent(sample: header.rawSpan)
    #expect(boot.headerVersion == 4)
    var footer = [UInt8](repeating: 0, count: 64)
    footer.replaceSubrange(0..<20, with: Array("AVBf".utf8) + [0, 0, 0, 1, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0x10, 0, 0])
    boot.take(footer: footer.rawSpan)
    #expect(boot.verifiedBootByteCount == 0x10_0000)
    let ext = sample([(1080, [0x53, 0xEF]), (1028, [0, 4, 0, 0]), (1048, [2, 0, 0, 0])])
    #expect(ImageContent(sample: ext.rawSpan).fileSystemByteCount == 4 << 20)
    let odd = sample([(1080, [0x53, 0xEF]), (1048, [0xFF, 0xFF, 0xFF, 0xFF])])
    #expect(ImageContent(sample: odd.rawSpan).fileSystemByteCount == nil)
  }
}
