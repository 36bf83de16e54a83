/// Cuts an image into sparse pieces of limited size, each of which leaves out what the others hold.
///
/// Every piece names the whole image's number of blocks and skips to its own first block. Source:
/// `docs/protocols/android-images.md` 2.6.
public struct SparseSplitter: Sendable {
  /// What one piece holds.
  public struct Piece: Equatable, Sendable {
    /// The part of the image, in blocks, outside of which the piece skips everything.
    public var blocks: Range<UInt64>
    /// Bytes of the file.
    public var byteCount: UInt64
  }

  public let blockByteCount: UInt32
  public let pieces: [Piece]
  private let image: any ImageSource
  private let blockCount: UInt64

  /// Plans the pieces; `image` has to be able to seek (a sparse file, a raw file).
  ///
  /// `limit` is the largest piece in bytes; it has to have room for one block of data.
  public init(_ image: any ImageSource, blockByteCount: UInt32, limit: UInt64) throws(ImageError) {
    self.image = image
    self.blockByteCount = blockByteCount
    guard SparseEncoder.blockSizes.contains(blockByteCount), blockByteCount % 4 == 0 else {
      throw .sparse(path: "split", offset: 12, .badBlockSize(blockByteCount))
    }
    var planner = SparseSplitPlanner(blockByteCount: blockByteCount, limit: limit)
    guard planner.hasRoom else { throw .pieceLimit(limit: limit, needed: planner.smallestLimit) }
    guard let reader = try image.openSeekable() else { throw .notSeekable(path: "split") }
    while let extent = try reader.next() {
      if Task.isCancelled { throw .cancelled }
      guard extent.length % UInt64(blockByteCount) == 0 else {
        throw .sparse(path: "split", offset: 12, .badBlockSize(blockByteCount))
      }
      planner.take(extent, blocks: extent.length / UInt64(blockByteCount))
    }
    (pieces, blockCount) = planner.finish()
  }

  /// Writes one piece behind what `file` holds already, without committing it.
  public func write(
    _ piece: Piece, to file: OutputFile, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) {
    guard let reader = try image.openSeekable() else { throw .notSeekable(path: file.path) }
    var writer = try SparseWriter(to: file, blockByteCount: blockByteCount)
    try reader.seek(to: piece.blocks.lowerBound * UInt64(blockByteCount))
    if piece.blocks.lowerBound > 0 { try writer.append(skip: piece.blocks.lowerBound) }
    var left = (piece.blocks.upperBound - piece.blocks.lowerBound) * UInt64(blockByteCount)
    let buffer = CopyBuffer()
    while left > 0, let extent = try reader.next()?.prefix(left) {
      try append(extent, from: reader, to: &writer, buffer)
      left -= extent.length
      progress(file.byteCount)
    }
    let tail = blockCount - piece.blocks.upperBound
    if tail > 0 { try writer.append(skip: tail) }
    _ = try writer.finish()
  }

  private func append(
    _ extent: ImageExtent, from reader: any ImageReader, to writer: inout SparseWriter, _ buffer: CopyBuffer
  ) throws(ImageError) {
    let unit = UInt64(blockByteCount)
    switch extent {
    case .skip(let length): try writer.append(skip: length / unit)
    case .fill(let pattern, let length): try writer.append(fill: pattern, blockCount: length / unit)
    case .data(let length):
      var left = length
      let room = UInt64(CopyBuffer.byteCount) / unit * unit
      while left > 0 {
        if Task.isCancelled { throw .cancelled }
        let bytes = unsafe buffer.prefix(min(left, room))
        unsafe try reader.read(into: bytes)
        unsafe try writer.append(data: UnsafeRawBufferPointer(bytes))
        left -= UInt64(bytes.count)
      }
    }
  }
}
