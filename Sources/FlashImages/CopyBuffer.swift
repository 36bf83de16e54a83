/// One mebibyte that a copying or checking loop reuses. Used by one task.
@safe final class CopyBuffer: Sendable {
  static let byteCount = 1 << 20
  private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

  init() { unsafe storage = .allocate(byteCount: Self.byteCount, alignment: 4096) }

  deinit { unsafe storage.deallocate() }

  /// The first bytes of the buffer, at most as many as wanted.
  func prefix(_ wanted: UInt64) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: storage[..<Int(min(wanted, UInt64(Self.byteCount)))])
  }
}

extension RandomAccessBytes {
  /// Reads `range` piece by piece and hands each piece to `body`; ends with `ImageError.cancelled` soon after the task
  /// is cancelled.
  func forEachPiece(
    of range: Range<UInt64>, using buffer: CopyBuffer,
    _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Void
  ) throws(ImageError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(range.upperBound - offset)
      unsafe try read(at: offset, into: piece)
      unsafe try body(UnsafeRawBufferPointer(piece))
      offset += UInt64(piece.count)
    }
  }
}
