/// What makes bytes no sparse image. `ImageError.sparse` adds the file and the offset.
///
/// Chunks are counted from 0; `block` is where a chunk begins in the expanded image.
public enum SparseDefect: Error, Equatable, Sendable {
  /// The magic number is another one.
  case notSparse
  /// The magic number in the byte order of a big-endian machine.
  case byteSwapped
  case truncatedHeader(available: Int)
  case unsupportedVersion(UInt16)
  case headerTooSmall(UInt16)
  case chunkHeaderTooSmall(UInt16)
  /// The block size is 0 or no multiple of 4.
  case badBlockSize(UInt32)
  case unknownChunk(chunk: UInt32, type: UInt16)
  case wrongChunkSize(chunk: UInt32, kind: SparseChunkKind, block: UInt64, total: UInt32, expected: UInt64)
  /// A chunk reaches beyond the number of blocks that the header names.
  case beyondEnd(chunk: UInt32, kind: SparseChunkKind, block: UInt64, blocks: UInt32, total: UInt32)
  /// All chunks together are shorter than the header says.
  case tooFewBlocks(UInt64, expected: UInt32)
  /// The file ends in the middle of a chunk, or before it.
  case truncatedChunk(chunk: UInt32, missing: UInt64)
  case wrongChecksum(chunk: UInt32, stored: UInt32, computed: UInt32)
  /// The checksum in the header.
  case wrongImageChecksum(stored: UInt32, computed: UInt32)
  /// Another sparse image follows the last chunk.
  case concatenated
  /// The expanded image begins as a sparse image.
  case nested
  /// Pieces of one image that do not agree about it.
  case differentBlockSize(UInt32, expected: UInt32)
  /// Pieces of one image hold different bytes for the same place.
  case overlappingPieces(other: String, imageOffset: UInt64)
  /// Pieces of one image have more runs of data than can be put in order.
  case tooManyRuns(limit: Int)
}

/// Something odd about a sparse image that does not stop anybody.
public enum SparseNote: Equatable, Sendable {
  /// Neither blocks nor chunks.
  case empty
  case trailingBytes(UInt64)
  case checksumChunkWithBlocks(chunk: UInt32, blocks: UInt32)
  /// Lenient reading only: the rest of the image counts as DON'T CARE.
  case endsEarly(blocks: UInt64, expected: UInt32)
}
