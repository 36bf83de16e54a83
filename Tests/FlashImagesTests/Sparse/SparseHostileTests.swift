import FlashImages
import Testing
import WireFormat

@Suite("Hostile sparse images")
struct SparseHostileTests {
  typealias Vectors = SparseVectors

  /// What checking the bytes ends with; `nil` when they are good.
  private func defect(_ bytes: [UInt8]) -> (offset: UInt64, defect: SparseDefect)? {
    do {
      _ = try SparseCheck().run(try Vectors.source(bytes))
      return nil
    } catch {
      if case ImageError.sparse(_, let offset, let defect) = error { return (offset, defect) }
      Issue.record("\(error)")
      return nil
    }
  }

  @Test(
    "each negative vector is refused with the field's offset",
    arguments: [
      (Vectors.setting(Vectors.first, 4, UInt16(2)), 0, .unsupportedVersion(2)),
      (Vectors.setting(Vectors.first, 8, UInt16(27)), 0, .headerTooSmall(27)),
      (Vectors.setting(Vectors.first, 10, UInt16(8)), 0, .chunkHeaderTooSmall(8)),
      (Vectors.setting(Vectors.first, 12, UInt32(4098)), 0, .badBlockSize(4098)),
      (Vectors.setting(Vectors.first, 12, UInt32(0)), 0, .badBlockSize(0)),
      (
        Vectors.setting(Vectors.first, 16, UInt32(5)), 4152,
        .beyondEnd(chunk: 2, kind: .dontCare, block: 3, blocks: 3, total: 5)
      ),
      (Vectors.setting(Vectors.first, 16, UInt32(7)), 4180, .tooFewBlocks(6, expected: 7)),
      (
        Vectors.setting(Vectors.first, 36, UInt32(4096)), 28,
        .wrongChunkSize(chunk: 0, kind: .raw, block: 0, total: 4096, expected: 4108)
      ),
      (
        Vectors.setting(Vectors.first, 4144, UInt32(12)), 4136,
        .wrongChunkSize(chunk: 1, kind: .fill, block: 1, total: 12, expected: 16)
      ),
      (
        Vectors.setting(Vectors.first, 4160, UInt32(16)), 4152,
        .wrongChunkSize(chunk: 2, kind: .dontCare, block: 3, total: 16, expected: 12)
      ),
      (
        Vectors.setting(Vectors.first, 4176, UInt32(1)), 4164,
        .wrongChecksum(chunk: 3, stored: 1, computed: 0xBAEA_68FF)
      ),
      (Vectors.setting(Vectors.first, 28, UInt16(0xCAC5)), 28, .unknownChunk(chunk: 0, type: 0xCAC5)),
      (Array(Vectors.first.prefix(4100)), 4100, .truncatedChunk(chunk: 0, missing: 36)),
      (
        Vectors.setting(Vectors.first, 32, UInt32.max), 28,
        .wrongChunkSize(chunk: 0, kind: .raw, block: 0, total: 4108, expected: 17_592_186_040_332)
      ),
      ([0xED, 0x26, 0xFF, 0x3A] + Array(Vectors.first.dropFirst(4)), 0, .byteSwapped),
      (Array("FORM".utf8) + Array(Vectors.first.dropFirst(4)), 0, .notSparse),
    ] as [([UInt8], UInt64, SparseDefect)])
  func negative(bytes: [UInt8], offset: UInt64, expected: SparseDefect) {
    let found = defect(bytes)
    #expect(found?.defect == expected)
    #expect(found?.offset == offset)
  }

  @Test func `every truncation is an error`() {
    for bytes in [Vectors.first, Vectors.large] {
      let cuts = Array(0..<min(bytes.count, 100)) + Array(max(100, bytes.count - 100)..<max(100, bytes.count))
      for cut in cuts { #expect(defect(Array(bytes.prefix(cut))) != nil, "cut at \(cut)") }
    }
  }

  @Test func `every field at its extremes is refused or read, in no time`() {
    let fields = Array(stride(from: 4, to: 28, by: 2)) + [28, 32, 36, 4136, 4140, 4144, 4152, 4156, 4160, 4164, 4168]
    for offset in fields {
      for value in [0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, UInt32.max] {
        _ = defect(Vectors.setting(Vectors.first, offset, UInt16(truncatingIfNeeded: value)))
        _ = defect(Vectors.setting(Vectors.first, offset, value))
      }
    }
  }

  @Test func `the largest image costs neither time nor memory`() throws {
    // 2^32 - 1 blocks of nearly 4 GiB: 16 EiB of fills and skips.
    let bytes = Vectors.file(
      [(0xCAC2, 0x7FFF_FFFF, [1, 2, 3, 4]), (0xCAC3, 0x8000_0000, []), (0xCAC4, 0, [0, 0, 0, 0])],
      total: .max, block: 0xFFFF_FFFC)
    guard case .wrongChecksum? = defect(bytes)?.defect else {
      Issue.record("expected a wrong checksum")
      return
    }
    let image = try Vectors.source(bytes)
    #expect(try ImageScan(image).byteCount == UInt64(UInt32.max) * 0xFFFF_FFFC)
    let reader = try #require(try image.openSeekable())
    try reader.seek(to: UInt64(UInt32.max) * 0xFFFF_FFFC - 1)
    #expect(try reader.next() == .skip(length: 1))
  }
}
