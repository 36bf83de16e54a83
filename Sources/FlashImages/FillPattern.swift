/// Four bytes that a fill repeats, in the order of the image; the first fill byte is the first of the four.
public struct FillPattern: Equatable, Hashable, Sendable {
  /// The four bytes as a little-endian number: the first byte is the lowest.
  public let word: UInt32

  public static let zeros = FillPattern(byte: 0)

  public init(littleEndian word: UInt32) { self.word = word }

  /// One byte over and over.
  public init(byte: UInt8) { word = UInt32(byte) &* 0x0101_0101 }

  /// The byte that is repeated, when all four are the same.
  public var byte: UInt8? {
    let byte = UInt8(truncatingIfNeeded: word)
    return FillPattern(byte: byte) == self ? byte : nil
  }

  /// The four bytes in order.
  public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

  /// The pattern as it looks `count` bytes into a fill.
  public func rotated(by count: UInt64) -> FillPattern {
    let shift = UInt32(count % 4) * 8
    return shift == 0 ? self : FillPattern(littleEndian: word >> shift | word << (32 - shift))
  }

  /// Fills `buffer` from its first byte on.
  public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    if let byte {
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: byte)
      return
    }
    let stored = word.littleEndian
    let whole = buffer.count & ~3
    for offset in stride(from: 0, to: whole, by: 4) {
      unsafe buffer.storeBytes(of: stored, toByteOffset: offset, as: UInt32.self)
    }
    for offset in whole..<buffer.count {
      unsafe buffer.storeBytes(
        of: UInt8(truncatingIfNeeded: word >> (8 * UInt32(offset - whole))), toByteOffset: offset, as: UInt8.self)
    }
  }
}
