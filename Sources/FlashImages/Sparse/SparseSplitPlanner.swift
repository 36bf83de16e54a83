/// Decides where the pieces of a split image begin and end. No I/O.
///
/// A piece costs 28 bytes of header, up to 12 for DON'T CARE before and after, 12 a chunk, and its data. A RAW chunk
/// is cut only where more than an eighth of the limit is still free; else it begins the next piece. Source:
/// `docs/protocols/android-images.md` 2.6.
struct SparseSplitPlanner {
  let blockByteCount: UInt32
  let limit: UInt64
  private var pieces: [SparseSplitter.Piece] = []
  /// The piece at hand: its first block, the block behind its last content, and its bytes without the skips around it.
  private var start: UInt64?
  private var contentEnd: UInt64 = 0
  private var size: UInt64 = 0
  private var block: UInt64 = 0

  private static let chunkHeader = UInt64(SparseChunkHeader.byteCount)
  /// The file's header, DON'T CARE before and behind the content, and four bytes in reserve.
  private static let overhead = UInt64(SparseHeader.byteCount) + 2 * chunkHeader + 4

  init(blockByteCount: UInt32, limit: UInt64) {
    self.blockByteCount = blockByteCount
    self.limit = limit
  }

  /// The least limit that has room for a block.
  var smallestLimit: UInt64 { Self.overhead + Self.chunkHeader + UInt64(blockByteCount) }
  var hasRoom: Bool { limit >= smallestLimit }

  mutating func take(_ extent: ImageExtent, blocks: UInt64) {
    switch extent {
    case .skip: block += blocks
    case .fill: takeFill(blocks)
    case .data: takeData(blocks)
    }
  }

  private mutating func takeFill(_ blocks: UInt64) {
    if start != nil, Self.overhead + size + gapCost + Self.chunkHeader + 4 > limit { close() }
    add(cost: gapCost + Self.chunkHeader + 4, blocks: blocks)
  }

  private mutating func takeData(_ blocks: UInt64) {
    var left = blocks
    while left > 0 {
      let cost = gapCost + Self.chunkHeader
      let used = Self.overhead + size + cost
      let free = used < limit ? limit - used : 0
      let fitting = min(left, free / UInt64(blockByteCount))
      if fitting < left, start != nil, fitting == 0 || free <= limit / 8 {
        close()
        continue
      }
      // Never 0: an empty piece has room for a block, and a begun one was closed above.
      let count = max(1, fitting)
      add(cost: cost + count * UInt64(blockByteCount), blocks: count)
      left -= count
      if left > 0 { close() }
    }
  }

  /// DON'T CARE between the piece's content and the block at hand.
  private var gapCost: UInt64 { start != nil && contentEnd < block ? Self.chunkHeader : 0 }

  private mutating func add(cost: UInt64, blocks: UInt64) {
    if start == nil { start = block }
    size += cost
    block += blocks
    contentEnd = block
  }

  private mutating func close() {
    guard let first = start else { return }
    pieces.append(.init(blocks: first..<contentEnd, byteCount: size))
    start = nil
    size = 0
  }

  /// All pieces with the size of their files, and the image's blocks. An image without content is one piece.
  mutating func finish() -> (pieces: [SparseSplitter.Piece], blockCount: UInt64) {
    close()
    if pieces.isEmpty { pieces.append(.init(blocks: 0..<0, byteCount: 0)) }
    let total = block
    let sized = pieces.map { piece in
      var piece = piece
      piece.byteCount += UInt64(SparseHeader.byteCount)
      if piece.blocks.lowerBound > 0 { piece.byteCount += Self.chunkHeader }
      if piece.blocks.upperBound < total { piece.byteCount += Self.chunkHeader }
      return piece
    }
    return (sized, total)
  }
}
