/// The requests by which a stretch of memory is read, in order.
///
/// No request is for exactly 16 bytes: a device's refusal has that length, and could not be told from data. Source:
/// `docs/protocols/sahara.md` 5.1.
public struct SaharaChunks: Sequence, IteratorProtocol, Equatable, Sendable {
  private var address: UInt64
  private var left: UInt64
  private let size: UInt64

  private static let ambiguous = UInt64(SaharaEndOfImage.byteCount)

  /// `size` is the longest request in bytes, at least 64; the stretch does not wrap around.
  public init(base: UInt64, length: UInt64, size: Int) {
    address = base
    left = length
    self.size = UInt64(Swift.max(64, size))
  }

  public mutating func next() -> (address: UInt64, length: UInt64)? {
    guard left > 0 else { return nil }
    var count = Swift.min(left, size)
    if left == Self.ambiguous {
      count = Self.ambiguous / 2
    } else if left - count == Self.ambiguous {
      count -= Self.ambiguous
    }
    if count == Self.ambiguous { count /= 2 }
    defer {
      // The last chunk of all may end at the end of the address space.
      address = address &+ count
      left -= count
    }
    return (address, count)
  }
}
