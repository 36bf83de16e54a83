extension RawSpan {
  /// Loads a little-endian integer that need not be aligned.
  ///
  /// Throws `WireError.truncated` when the span ends before the integer does.
  @inlinable public func load<T: FixedWidthInteger & BitwiseCopyable>(
    littleEndian _: T.Type, at offset: Int
  ) throws(WireError) -> T {
    try require(MemoryLayout<T>.size, at: offset)
    return T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Loads a big-endian integer that need not be aligned.
  ///
  /// Throws `WireError.truncated` when the span ends before the integer does.
  @inlinable public func load<T: FixedWidthInteger & BitwiseCopyable>(
    bigEndian _: T.Type, at offset: Int
  ) throws(WireError) -> T {
    try require(MemoryLayout<T>.size, at: offset)
    return T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Loads one byte.
  @inlinable public func byte(at offset: Int) throws(WireError) -> UInt8 {
    try load(littleEndian: UInt8.self, at: offset)
  }

  /// Copies `count` bytes out, from `offset` on.
  @inlinable public func copy(_ count: Int, at offset: Int) throws(WireError) -> [UInt8] {
    try require(count, at: offset)
    return unsafe extracting(offset..<offset + count).withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// Checks that `count` bytes lie at `offset`; neither may be negative.
  @inlinable public func require(_ count: Int, at offset: Int) throws(WireError) {
    guard count >= 0, offset >= 0, offset <= byteCount, byteCount - offset >= count else {
      throw .truncated(at: offset, needed: count, available: Swift.max(0, byteCount - offset))
    }
  }
}
