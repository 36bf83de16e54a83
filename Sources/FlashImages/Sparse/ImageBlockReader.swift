/// An image in whole blocks: runs of blocks that are skipped or filled as a whole, and blocks of data, the last one
/// filled up with zeros.
///
/// Used by one task at a time.
@safe final class ImageBlockReader: Sendable {
  enum Piece: Equatable {
    case skip(blockCount: UInt64)
    case fill(FillPattern, blockCount: UInt64)
    /// Whole blocks that `withBytes` hands out. `isPadded` when the last one was filled up with zeros.
    case data(isPadded: Bool)
  }

  private let reader: any ImageReader
  private let blockByteCount: Int
  private let buffer = CopyBuffer()
  private nonisolated(unsafe) var rest: ImageExtent?
  private nonisolated(unsafe) var filled = 0
  /// Bytes of the image handed out.
  var offset: UInt64 { unsafe passed }
  private nonisolated(unsafe) var passed: UInt64 = 0

  /// `blockByteCount` is at most `CopyBuffer.byteCount`.
  init(_ reader: any ImageReader, blockByteCount: Int) {
    self.reader = reader
    self.blockByteCount = blockByteCount
  }

  func next() throws(ImageError) -> Piece? {
    unsafe filled = 0
    let limit = CopyBuffer.byteCount / blockByteCount * blockByteCount
    while let extent = try extent() {
      let blocks = extent.length / UInt64(blockByteCount)
      if unsafe filled % blockByteCount == 0, blocks > 0 {
        switch extent {
        case .skip: return unsafe filled > 0 ? data() : whole(.skip(blockCount: blocks), blocks)
        case .fill(let pattern, _):
          return unsafe filled > 0 ? data() : whole(.fill(pattern, blockCount: blocks), blocks)
        case .data: break
        }
      }
      try gather(extent, upTo: limit)
      if unsafe filled == limit { return data() }
    }
    return unsafe filled > 0 ? data() : nil
  }

  /// The bytes of the piece of data at hand.
  func withBytes(_ body: (UnsafeRawBufferPointer) throws(ImageError) -> Void) throws(ImageError) {
    let padded = unsafe (filled + blockByteCount - 1) / blockByteCount * blockByteCount
    let bytes = unsafe buffer.prefix(UInt64(padded))
    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]).initializeMemory(as: UInt8.self, repeating: 0)
    unsafe try body(UnsafeRawBufferPointer(bytes))
  }

  private func extent() throws(ImageError) -> ImageExtent? {
    while unsafe (rest?.length ?? 0) == 0 {
      guard let next = try reader.next() else { return nil }
      unsafe rest = next
    }
    return unsafe rest
  }

  private func whole(_ piece: Piece, _ blocks: UInt64) -> Piece {
    let count = blocks * UInt64(blockByteCount)
    unsafe rest = rest?.dropping(count)
    unsafe passed += count
    return piece
  }

  private func data() -> Piece { .data(isPadded: unsafe filled % blockByteCount != 0) }

  /// Takes bytes of an extent into the buffer: all that fit of data, of others what completes a block.
  private func gather(_ extent: ImageExtent, upTo limit: Int) throws(ImageError) {
    let toBlock = unsafe blockByteCount - filled % blockByteCount
    let room: Int
    if case .data = extent { room = unsafe limit - filled } else { room = toBlock }
    let count = Int(min(extent.length, UInt64(room)))
    let target = unsafe UnsafeMutableRawBufferPointer(
      rebasing: buffer.prefix(UInt64(CopyBuffer.byteCount))[filled..<filled + count])
    switch extent {
    case .data: unsafe try reader.read(into: target)
    case .fill(let pattern, _): unsafe pattern.fill(target)
    case .skip: unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
    }
    unsafe rest = extent.dropping(UInt64(count))
    unsafe filled += count
    unsafe passed += UInt64(count)
  }
}

extension FillPattern {
  /// The pattern of a block that is nothing but four bytes over and over; `block` is a multiple of 4 long.
  init?(constant block: UnsafeRawBufferPointer) {
    guard let base = block.baseAddress, block.count >= 8 else { return nil }
    let first = unsafe base.loadUnaligned(as: UInt32.self)
    let pair = UInt64(first) << 32 | UInt64(first)
    var offset = 0
    while offset <= block.count - 8 {
      guard unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == pair else { return nil }
      offset += 8
    }
    if offset < block.count, unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self) != first { return nil }
    self.init(littleEndian: UInt32(littleEndian: first))
  }
}
