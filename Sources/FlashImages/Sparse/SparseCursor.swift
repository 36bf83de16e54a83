import WireFormat

/// Walks through the chunks of a sparse image and checks each header against the rules. No I/O.
///
/// Source: `docs/protocols/android-images.md` 2.2 and 2.3.
struct SparseCursor: Equatable, Sendable {
  /// A chunk whose header made sense.
  struct Chunk: Equatable, Sendable {
    var index: UInt32
    var kind: SparseChunkKind
    /// Where it begins in the expanded image, in blocks.
    var block: UInt64
    var blockCount: UInt32
    /// Bytes that follow the header in the file.
    var dataByteCount: UInt64
  }

  let header: SparseHeader
  /// Chunks taken in.
  private(set) var index: UInt32 = 0
  /// Blocks of the expanded image before the next chunk.
  private(set) var block: UInt64 = 0

  init(_ header: SparseHeader) { self.header = header }

  var isAtEnd: Bool { index >= header.chunkCount }

  mutating func take(_ chunkHeader: SparseChunkHeader) throws(SparseDefect) -> Chunk {
    guard let kind = SparseChunkKind(rawValue: chunkHeader.type) else {
      throw .unknownChunk(chunk: index, type: chunkHeader.type)
    }
    let data: UInt64 =
      switch kind {
      case .raw: UInt64(chunkHeader.blockCount) * UInt64(header.blockByteCount)
      case .fill, .crc32: 4
      case .dontCare: 0
      }
    // Below 2^64 by far: a product of two 32-bit numbers, and a 16-bit one.
    let (expected, overflows) = data.addingReportingOverflow(UInt64(header.chunkHeaderByteCount))
    guard !overflows, UInt64(chunkHeader.totalByteCount) == expected else {
      throw .wrongChunkSize(
        chunk: index, kind: kind, block: block, total: chunkHeader.totalByteCount,
        expected: overflows ? .max : expected)
    }
    let blocks = kind == .crc32 ? 0 : chunkHeader.blockCount
    guard block + UInt64(blocks) <= UInt64(header.blockCount) else {
      throw .beyondEnd(chunk: index, kind: kind, block: block, blocks: blocks, total: header.blockCount)
    }
    defer {
      index += 1
      block += UInt64(blocks)
    }
    return Chunk(
      index: index, kind: kind, block: block, blockCount: chunkHeader.blockCount, dataByteCount: data)
  }
}
