/// Makes a sparse image of bytes as they come, such as those of a device that is read. Used by one task at a time.
///
/// What `SparseEncoder` makes of the same bytes at once. Source: `docs/protocols/android-images.md` 2.7.
@safe public final class SparseOutput: Sendable {
  private let encoder: SparseEncoder
  private let buffer = CopyBuffer()
  private nonisolated(unsafe) var writer: SparseWriter
  private nonisolated(unsafe) var filled = 0

  /// `finish` ends the file, which is not committed here.
  public init(_ file: OutputFile, _ encoder: SparseEncoder = SparseEncoder()) throws(ImageError) {
    guard SparseEncoder.blockSizes.contains(encoder.blockByteCount), encoder.blockByteCount % 4 == 0 else {
      throw .sparse(path: file.path, offset: 12, .badBlockSize(encoder.blockByteCount))
    }
    self.encoder = encoder
    unsafe writer = try SparseWriter(
      to: file, blockByteCount: encoder.blockByteCount, maximumRawByteCount: encoder.maximumRawByteCount,
      appendsChecksum: encoder.appendsChecksum)
  }

  /// Whole blocks that are gathered before they are looked at, in bytes.
  private var limit: Int { CopyBuffer.byteCount / Int(encoder.blockByteCount) * Int(encoder.blockByteCount) }

  public func append(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    var done = 0
    while done < bytes.count {
      let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...].prefix(limit - filled))
      let target = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer.prefix(UInt64(CopyBuffer.byteCount))[filled..<filled + piece.count])
      unsafe target.copyMemory(from: piece)
      unsafe filled += piece.count
      done += piece.count
      if unsafe filled == limit { try flush() }
    }
  }

  /// The last block filled up with zeros, and the header. Nothing may be appended afterwards.
  @discardableResult public func finish() throws(ImageError) -> SparseHeader {
    try flush()
    return unsafe try writer.finish()
  }

  private func flush() throws(ImageError) {
    guard unsafe filled > 0 else { return }
    let size = Int(encoder.blockByteCount)
    let padded = unsafe (filled + size - 1) / size * size
    let blocks = unsafe buffer.prefix(UInt64(padded))
    unsafe UnsafeMutableRawBufferPointer(rebasing: blocks[filled...]).initializeMemory(as: UInt8.self, repeating: 0)
    unsafe try encoder.append(UnsafeRawBufferPointer(blocks), isPadded: filled < padded, to: &writer)
    unsafe filled = 0
  }
}
