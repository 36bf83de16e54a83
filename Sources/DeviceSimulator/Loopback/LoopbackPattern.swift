import Glibc
import WireFormat

/// What the loopback device's source sends without end, and what its sink wants to get when it verifies: 16-bit
/// little-endian words that count up, 0000 0001 … 7FFF, beginning anew every 65536 bytes.
///
/// ```swift
/// var pattern = LoopbackPattern()
/// let first = pattern.next(512)
/// ```
public struct LoopbackPattern: Equatable, Sendable {
  /// After so many bytes the pattern repeats.
  public static let period = 65536

  /// Where the next byte stands in the pattern: 0 ..< `period`.
  private var position = 0

  public init() {}

  /// Several periods in one piece, so that most slices are one copy; ready-made for the source.
  private static let block: [UInt8] = {
    var words: [UInt8] = []
    words.reserveCapacity(Self.period)
    for word in 0..<Self.period / 2 { words.append(littleEndian: UInt16(word)) }
    var block: [UInt8] = []
    block.reserveCapacity(Self.blockByteCount)
    // Whole arrays are copied as memory, which matters in builds for development.
    while block.count < Self.blockByteCount { block.append(contentsOf: words) }
    return block
  }()

  /// The largest piece made at a time.
  static let blockByteCount = 1 << 20

  /// The next bytes, at most 1 MiB of them. Whole blocks are not copied.
  public mutating func next(_ count: Int) -> [UInt8] {
    let count = min(max(0, count), Self.blockByteCount)
    defer { position = (position + count) % Self.period }
    if position == 0, count == Self.blockByteCount { return Self.block }
    guard position + count > Self.blockByteCount else { return Array(Self.block[position..<position + count]) }
    return Array(Self.block[position...]) + Self.block[..<(position + count - Self.blockByteCount)]
  }

  /// Compares what comes next; returns the offset of the first byte that is wrong, `nil` when all are right.
  public mutating func check(_ bytes: RawSpan) -> Int? {
    var offset = 0
    var wrong: Int?
    while offset < bytes.byteCount {
      let count = min(bytes.byteCount - offset, Self.period)
      if wrong == nil, let place = mismatch(bytes.extracting(offset..<offset + count)) { wrong = offset + place }
      position = (position + count) % Self.period
      offset += count
    }
    return wrong
  }

  /// `bytes` is at most one period long.
  private func mismatch(_ bytes: RawSpan) -> Int? {
    let expected = Self.block[position..<position + bytes.byteCount]
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe expected.withUnsafeBytes { expected in
        guard let first = bytes.baseAddress, let second = expected.baseAddress else { return nil }
        guard unsafe memcmp(first, second, bytes.count) != 0 else { return nil }
        return bytes.indices.first { unsafe bytes[$0] != expected[$0] }
      }
    }
  }
}
