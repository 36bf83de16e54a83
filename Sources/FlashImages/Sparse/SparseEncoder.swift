/// Makes a sparse image of any image: blocks of one repeated word become FILL chunks, the others RAW ones.
///
/// What the image skips stays DON'T CARE. The last block is filled up with zeros, and is RAW however it looks, so that
/// the file is byte for byte what `img2simg` makes. Source: `docs/protocols/android-images.md` 2.7.
public struct SparseEncoder: Equatable, Sendable {
  /// Bytes of a block: a multiple of 4 from 1024 to 1 MiB.
  public var blockByteCount: UInt32
  /// Blocks of zeros become DON'T CARE instead of FILL: for targets that are known to hold zeros.
  public var skipsZeros: Bool
  /// Appends a CRC32 chunk; some tools refuse such images.
  public var appendsChecksum: Bool
  /// The largest RAW chunk in bytes, for devices that limit it.
  public var maximumRawByteCount: UInt64

  public static let blockSizes: ClosedRange<UInt32> = 1024...UInt32(CopyBuffer.byteCount)

  public init(
    blockByteCount: UInt32 = 4096, skipsZeros: Bool = false, appendsChecksum: Bool = false,
    maximumRawByteCount: UInt64 = .max
  ) {
    self.blockByteCount = blockByteCount
    self.skipsZeros = skipsZeros
    self.appendsChecksum = appendsChecksum
    self.maximumRawByteCount = maximumRawByteCount
  }

  /// Writes the image behind what `file` holds already, and returns the header it got. The file is not committed.
  ///
  /// `progress` gets the number of bytes of the expanded image that are done.
  public func write(
    _ image: any ImageSource, to file: OutputFile, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) -> SparseHeader {
    guard Self.blockSizes.contains(blockByteCount), blockByteCount % 4 == 0 else {
      throw .sparse(path: file.path, offset: 12, .badBlockSize(blockByteCount))
    }
    let blocks = ImageBlockReader(try image.open(), blockByteCount: Int(blockByteCount))
    var writer = try SparseWriter(
      to: file, blockByteCount: blockByteCount, maximumRawByteCount: maximumRawByteCount,
      appendsChecksum: appendsChecksum)
    while let piece = try blocks.next() {
      if Task.isCancelled { throw .cancelled }
      switch piece {
      case .skip(let count): try writer.append(skip: count)
      case .fill(let pattern, let count): try append(pattern, count, to: &writer)
      case .data(let isPadded):
        unsafe try blocks.withBytes { bytes throws(ImageError) in
          unsafe try append(bytes, isPadded: isPadded, to: &writer)
        }
      }
      progress(blocks.offset)
    }
    return try writer.finish()
  }

  private func append(_ pattern: FillPattern, _ count: UInt64, to writer: inout SparseWriter) throws(ImageError) {
    if skipsZeros, pattern == .zeros {
      try writer.append(skip: count)
    } else {
      try writer.append(fill: pattern, blockCount: count)
    }
  }

  /// Writes blocks, constant ones as fills; a last block that was filled up stays data.
  func append(
    _ bytes: UnsafeRawBufferPointer, isPadded: Bool, to writer: inout SparseWriter
  ) throws(ImageError) {
    let size = Int(blockByteCount)
    var rawStart = 0
    for start in stride(from: 0, to: bytes.count, by: size) {
      let block = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
      if isPadded, start + size == bytes.count { break }
      guard let pattern = unsafe FillPattern(constant: block) else { continue }
      if rawStart < start { unsafe try writer.append(data: UnsafeRawBufferPointer(rebasing: bytes[rawStart..<start])) }
      try append(pattern, 1, to: &writer)
      rawStart = start + size
    }
    guard rawStart < bytes.count else { return }
    unsafe try writer.append(data: UnsafeRawBufferPointer(rebasing: bytes[rawStart...]))
  }
}
