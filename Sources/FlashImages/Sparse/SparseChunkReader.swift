import WireFormat

/// Reads a sparse image chunk by chunk from bytes that come in order; the base of reading and of checking.
///
/// Used by one task at a time.
@safe final class SparseChunkReader: Sendable {
  /// A chunk, and the four bytes that a FILL or CRC32 chunk holds.
  struct Chunk: Equatable, Sendable {
    var header: SparseCursor.Chunk
    var word: UInt32 = 0
    /// Where the chunk's header lies in the file.
    var offset: UInt64
  }

  let header: SparseHeader
  private let path: String
  private let bytes: any ByteReader
  private nonisolated(unsafe) var cursor: SparseCursor
  /// Bytes of the RAW chunk at hand that have not been read.
  private nonisolated(unsafe) var left: UInt64 = 0

  /// Reads and checks the file's header.
  init(_ source: any ByteSource) throws(ImageError) {
    path = source.path
    bytes = try source.openBytes()
    let start = try bytes.bytes(SparseHeader.byteCount)
    do throws(SparseDefect) { header = try SparseHeader(parsing: start.rawSpan) } catch {
      throw .sparse(path: path, offset: 0, error)
    }
    unsafe cursor = SparseCursor(header)
    let extra = UInt64(header.headerByteCount) - UInt64(SparseHeader.byteCount)
    let passed = try bytes.skip(extra)
    guard passed == extra else {
      throw .sparse(
        path: path, offset: 0, .truncatedHeader(available: SparseHeader.byteCount + Int(clamping: passed)))
    }
  }

  /// Bytes of the file passed so far.
  var position: UInt64 { bytes.position }

  /// Blocks of the expanded image before the next chunk.
  var block: UInt64 { unsafe cursor.block }

  /// The next chunk, or `nil` behind the last one. Data not yet read of the chunk before are passed over.
  func next() throws(ImageError) -> Chunk? {
    try passRest()
    guard unsafe !cursor.isAtEnd else { return nil }
    let offset = bytes.position
    let start = try bytes.bytes(SparseChunkHeader.byteCount)
    var chunk: Chunk
    do throws(SparseDefect) {
      guard let parsed = try? SparseChunkHeader(parsing: start.rawSpan) else {
        throw unsafe SparseDefect.truncatedChunk(
          chunk: cursor.index, missing: UInt64(header.chunkHeaderByteCount) - UInt64(start.count))
      }
      chunk = unsafe Chunk(header: try cursor.take(parsed), offset: offset)
    } catch {
      throw .sparse(path: path, offset: offset, error)
    }
    try pass(UInt64(header.chunkHeaderByteCount) - UInt64(SparseChunkHeader.byteCount), of: chunk)
    switch chunk.header.kind {
    case .raw: unsafe left = chunk.header.dataByteCount
    case .fill, .crc32: chunk.word = try word(of: chunk)
    case .dontCare: break
    }
    return chunk
  }

  /// Fills `buffer`, which is no longer than what is left of the RAW chunk at hand.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let count = unsafe try bytes.read(into: buffer)
    guard count == buffer.count else { throw unsafe truncated(missing: left - UInt64(count)) }
    unsafe left -= min(left, UInt64(count))
  }

  /// Passes over `count` bytes of the RAW chunk at hand.
  func pass(_ count: UInt64) throws(ImageError) {
    let passed = try bytes.skip(count)
    guard passed == count else { throw unsafe truncated(missing: left - passed) }
    unsafe left -= min(left, count)
  }

  /// Bytes behind the last chunk, all of which are read: their number, and how they begin.
  func trailing() throws(ImageError) -> (count: UInt64, start: [UInt8]) {
    let start = try bytes.bytes(4)
    guard start.count == 4 else { return (UInt64(start.count), start) }
    return (4 + (try bytes.skip(.max - bytes.position)), start)
  }

  private func passRest() throws(ImageError) {
    if unsafe left > 0 { try pass(unsafe left) }
  }

  private func pass(_ count: UInt64, of chunk: Chunk) throws(ImageError) {
    let passed = try bytes.skip(count)
    guard passed == count else {
      throw truncated(missing: count - passed + chunk.header.dataByteCount, chunk: chunk.header.index)
    }
  }

  private func word(of chunk: Chunk) throws(ImageError) -> UInt32 {
    let stored = try bytes.bytes(4)
    guard let word = try? stored.rawSpan.load(littleEndian: UInt32.self, at: 0) else {
      throw truncated(missing: UInt64(4 - stored.count), chunk: chunk.header.index)
    }
    return word
  }

  private func truncated(missing: UInt64, chunk: UInt32? = nil) -> ImageError {
    let number = unsafe chunk ?? (cursor.index == 0 ? 0 : cursor.index - 1)
    return .sparse(path: path, offset: bytes.position, .truncatedChunk(chunk: number, missing: missing))
  }
}
