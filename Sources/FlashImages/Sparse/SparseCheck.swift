import WireFormat

/// Looks at a whole sparse image before anything is written: every header, and the checksums where there are any.
///
/// A file is passed over by its headers alone first; its data are read only when a checksum asks for them. What comes
/// through compression is read in one pass. Source: `docs/protocols/android-images.md` 2.3.
public struct SparseCheck: Sendable {
  public var mode: SparseImageSource.Mode
  /// Whether a wrong checksum is an error; otherwise checksums are counted only.
  public var comparesChecksums: Bool

  public init(mode: SparseImageSource.Mode = .strict, comparesChecksums: Bool = true) {
    self.mode = mode
    self.comparesChecksums = comparesChecksums
  }

  /// Checks the image. `progress` gets the number of bytes of the file that have been passed.
  public func run(
    _ image: SparseImageSource, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) -> SparseSummary {
    let canSeek = try image.openSeekable() != nil
    guard canSeek || !comparesChecksums else { return try pass(image, readsData: true, progress) }
    let summary = try pass(image, readsData: false, progress)
    guard comparesChecksums, summary.uncheckedChecksumCount > 0 else { return summary }
    return try pass(image, readsData: true, progress)
  }

  private func pass(
    _ image: SparseImageSource, readsData: Bool, _ progress: (UInt64) -> Void
  ) throws(ImageError) -> SparseSummary {
    let reader = try SparseChunkReader(image.bytes)
    var run = Pass(summary: SparseSummary(header: reader.header), readsData: readsData, path: image.path)
    while let chunk = try reader.next() {
      if Task.isCancelled { throw .cancelled }
      try run.take(chunk, reader, progress)
      progress(reader.position)
    }
    try finish(&run, reader)
    return run.summary
  }

  private func finish(_ run: inout Pass, _ reader: SparseChunkReader) throws(ImageError) {
    let header = reader.header
    if reader.block < UInt64(header.blockCount) {
      guard mode == .lenient else {
        throw .sparse(
          path: run.path, offset: reader.position, .tooFewBlocks(reader.block, expected: header.blockCount))
      }
      run.endEarly(at: reader.block)
    }
    if header.blockCount == 0, header.chunkCount == 0 { run.summary.notes.append(.empty) }
    try run.compareImageChecksum()
    let end = reader.position
    let trailing = try reader.trailing()
    guard !SparseHeader.isSparse(trailing.start.rawSpan) else {
      throw .sparse(path: run.path, offset: end, .concatenated)
    }
    if trailing.count > 0 { run.summary.notes.append(.trailingBytes(trailing.count)) }
  }

  /// The state of one pass.
  private struct Pass {
    var summary: SparseSummary
    let readsData: Bool
    let path: String
    /// Over the expanded image so far, DON'T CARE as zeros.
    var checksum = CRC32()
    let buffer = CopyBuffer()

    mutating func take(
      _ chunk: SparseChunkReader.Chunk, _ reader: SparseChunkReader, _ progress: (UInt64) -> Void
    ) throws(ImageError) {
      summary.add(chunk.header)
      let length = UInt64(chunk.header.blockCount) * UInt64(summary.header.blockByteCount)
      switch chunk.header.kind {
      case .raw: if readsData { try read(length, reader, progress) }
      case .fill: checksum.update(repeating: FillPattern(littleEndian: chunk.word).bytes, byteCount: length)
      case .dontCare: checksum.update(repeating: [0], byteCount: length)
      case .crc32: try compare(chunk)
      }
    }

    private mutating func read(
      _ length: UInt64, _ reader: SparseChunkReader, _ progress: (UInt64) -> Void
    ) throws(ImageError) {
      var left = length
      while left > 0 {
        if Task.isCancelled { throw .cancelled }
        let piece = unsafe buffer.prefix(left)
        unsafe try reader.read(into: piece)
        unsafe checksum.update(UnsafeRawBufferPointer(piece).bytes)
        left -= UInt64(piece.count)
        progress(reader.position)
      }
    }

    private mutating func compare(_ chunk: SparseChunkReader.Chunk) throws(ImageError) {
      if chunk.header.blockCount != 0 {
        summary.notes.append(
          .checksumChunkWithBlocks(chunk: chunk.header.index, blocks: chunk.header.blockCount))
      }
      guard readsData else {
        summary.uncheckedChecksumCount += 1
        return
      }
      guard checksum.value == chunk.word else {
        throw .sparse(
          path: path, offset: chunk.offset,
          .wrongChecksum(chunk: chunk.header.index, stored: chunk.word, computed: checksum.value))
      }
      summary.verifiedChecksumCount += 1
    }

    mutating func endEarly(at block: UInt64) {
      let blocks = UInt64(summary.header.blockCount) - block
      let length = blocks * UInt64(summary.header.blockByteCount)
      summary.skipByteCount += length
      summary.notes.append(.endsEarly(blocks: block, expected: summary.header.blockCount))
      checksum.update(repeating: [0], byteCount: length)
    }

    mutating func compareImageChecksum() throws(ImageError) {
      let stored = summary.header.checksum
      guard stored != 0 else { return }
      guard readsData else {
        summary.uncheckedChecksumCount += 1
        return
      }
      guard checksum.value == stored else {
        throw .sparse(path: path, offset: 24, .wrongImageChecksum(stored: stored, computed: checksum.value))
      }
      summary.verifiedChecksumCount += 1
    }
  }
}
