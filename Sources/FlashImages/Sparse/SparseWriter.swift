import WireFormat

/// Writes a sparse image chunk by chunk; the header's counts are filled in at the end.
///
/// Neighbouring chunks of one kind become one. Used by one task at a time; without `finish` the file is no image.
struct SparseWriter {
  let file: OutputFile
  private var header: SparseHeader
  /// The largest RAW chunk, in blocks.
  private let maximumRawBlockCount: UInt64
  private let appendsChecksum: Bool
  /// The chunk being written, which further blocks may still join.
  private var open: OpenChunk?
  private var block: UInt64 = 0
  private var chunks: UInt64 = 0
  private var checksum = CRC32()

  private struct OpenChunk {
    var kind: SparseChunkKind
    var pattern = FillPattern.zeros
    var blockCount: UInt64 = 0
    /// Where the header of a RAW chunk lies.
    var offset: UInt64 = 0
  }

  /// `maximumRawByteCount` limits RAW chunks; the format itself limits them to 4 GiB.
  init(
    to file: OutputFile, blockByteCount: UInt32, maximumRawByteCount: UInt64 = .max, appendsChecksum: Bool = false
  ) throws(ImageError) {
    self.file = file
    self.appendsChecksum = appendsChecksum
    header = SparseHeader(blockByteCount: blockByteCount, blockCount: 0, chunkCount: 0)
    let room = UInt64(UInt32.max) - UInt64(SparseChunkHeader.byteCount)
    maximumRawBlockCount = max(1, min(maximumRawByteCount, room) / UInt64(max(1, blockByteCount)))
    try file.append([UInt8](repeating: 0, count: SparseHeader.byteCount))
  }

  /// Whole blocks of data.
  mutating func append(data: UnsafeRawBufferPointer) throws(ImageError) {
    let blockByteCount = Int(header.blockByteCount)
    var done = 0
    while done < data.count {
      try extend(.raw)
      guard var chunk = open else { return }
      let room = maximumRawBlockCount - chunk.blockCount
      guard room > 0 else {
        try close()
        continue
      }
      let blocks = min(room, UInt64((data.count - done) / blockByteCount))
      let end = done + Int(blocks) * blockByteCount
      let piece = unsafe UnsafeRawBufferPointer(rebasing: data[done..<end])
      unsafe try file.append(piece)
      if appendsChecksum { unsafe checksum.update(piece.bytes) }
      chunk.blockCount += blocks
      open = chunk
      block += blocks
      done = end
    }
  }

  mutating func append(fill pattern: FillPattern, blockCount: UInt64) throws(ImageError) {
    try extend(.fill, pattern, by: blockCount)
    if appendsChecksum {
      checksum.update(repeating: pattern.bytes, byteCount: blockCount * UInt64(header.blockByteCount))
    }
  }

  mutating func append(skip blockCount: UInt64) throws(ImageError) {
    try extend(.dontCare, by: blockCount)
    if appendsChecksum { checksum.update(repeating: [0], byteCount: blockCount * UInt64(header.blockByteCount)) }
  }

  /// Ends the last chunk, appends the checksum where one is wanted, and writes the header.
  mutating func finish() throws(ImageError) -> SparseHeader {
    try close()
    if appendsChecksum {
      var bytes: [UInt8] = []
      SparseChunkHeader(kind: .crc32, blockCount: 0, dataByteCount: 4).serialize(into: &bytes)
      bytes.append(littleEndian: checksum.value)
      try file.append(bytes)
      chunks += 1
    }
    guard let blocks = UInt32(exactly: block), let count = UInt32(exactly: chunks) else {
      throw .tooLarge(path: file.path, byteCount: block &* UInt64(header.blockByteCount))
    }
    header.blockCount = blocks
    header.chunkCount = count
    var bytes: [UInt8] = []
    header.serialize(into: &bytes)
    try file.overwrite(bytes, at: 0)
    return header
  }

  /// Makes the open chunk one of this kind and pattern, and lets it grow by blocks without data.
  private mutating func extend(
    _ kind: SparseChunkKind, _ pattern: FillPattern = .zeros, by blockCount: UInt64 = 0
  ) throws(ImageError) {
    if let chunk = open, chunk.kind != kind || kind == .fill && chunk.pattern != pattern { try close() }
    if open == nil {
      open = OpenChunk(kind: kind, pattern: pattern, offset: file.byteCount)
      if kind == .raw { try file.append([UInt8](repeating: 0, count: SparseChunkHeader.byteCount)) }
    }
    open?.blockCount += blockCount
    block += blockCount
  }

  private mutating func close() throws(ImageError) {
    guard let chunk = open else { return }
    open = nil
    guard let count = UInt32(exactly: chunk.blockCount) else {
      throw .tooLarge(path: file.path, byteCount: chunk.blockCount &* UInt64(header.blockByteCount))
    }
    chunks += 1
    var bytes: [UInt8] = []
    switch chunk.kind {
    case .raw:
      // Below 4 GiB by `maximumRawBlockCount`.
      let data = UInt32(clamping: chunk.blockCount * UInt64(header.blockByteCount))
      SparseChunkHeader(kind: .raw, blockCount: count, dataByteCount: data).serialize(into: &bytes)
      try file.overwrite(bytes, at: chunk.offset)
    case .fill, .dontCare, .crc32:
      let data: UInt32 = chunk.kind == .fill ? 4 : 0
      SparseChunkHeader(kind: chunk.kind, blockCount: count, dataByteCount: data).serialize(into: &bytes)
      if chunk.kind == .fill { bytes.append(contentsOf: chunk.pattern.bytes) }
      try file.append(bytes)
    }
  }
}
