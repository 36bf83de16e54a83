/// What a pass over a sparse image found.
public struct SparseSummary: Equatable, Sendable {
  public var header: SparseHeader
  /// Chunks of each kind.
  public var chunkCounts: [SparseChunkKind: UInt64] = [:]
  /// Bytes of the expanded image that come from RAW, FILL and DON'T CARE chunks.
  public var dataByteCount: UInt64 = 0
  public var fillByteCount: UInt64 = 0
  public var skipByteCount: UInt64 = 0
  /// Checksums, of chunks and of the header, that were compared and are right.
  public var verifiedChecksumCount = 0
  /// Checksums that were there and not compared.
  public var uncheckedChecksumCount = 0
  public var notes: [SparseNote] = []

  mutating func add(_ chunk: SparseCursor.Chunk) {
    chunkCounts[chunk.kind, default: 0] += 1
    let length = UInt64(chunk.blockCount) * UInt64(header.blockByteCount)
    switch chunk.kind {
    case .raw: dataByteCount += length
    case .fill: fillByteCount += length
    case .dontCare: skipByteCount += length
    case .crc32: break
    }
  }
}
