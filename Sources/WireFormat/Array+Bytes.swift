extension [UInt8] {
  /// The array's bytes as a span for parsing; valid while the array is.
  @safe public var rawSpan: RawSpan {
    @_lifetime(borrow self) borrowing get { unsafe span.bytes }
  }

  // Inlinable, as the loads are, so that other modules compile them for the integer at hand: each message of a link goes
  // through them.

  /// Appends an integer, least significant byte first.
  @inlinable public mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    for shift in stride(from: 0, to: T.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Appends an integer, most significant byte first.
  @inlinable public mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
    for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Appends text in a field of fixed width, cut to it or filled up with NUL.
  public mutating func append(_ text: some StringProtocol, paddedTo width: Int) {
    let bytes = text.utf8.prefix(width)
    append(contentsOf: bytes)
    append(contentsOf: repeatElement(0, count: width - bytes.count))
  }
}
