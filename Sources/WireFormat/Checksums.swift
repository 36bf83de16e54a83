/// The sum of all bytes modulo 256.
///
/// Source: `docs/protocols/fiasco.md` 5.1, where the stored byte is 0xFF minus this sum.
public struct AdditiveChecksum8: Equatable, Sendable {
  public private(set) var sum: UInt8 = 0

  public init() {}

  public mutating func update(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { sum &+= byte }
  }
}

/// The exclusive or of all 16-bit little-endian words; an odd last byte is ignored.
///
/// Bytes may come in pieces of any length. Source: `docs/protocols/fiasco.md` 5.2.
public struct XORChecksum16: Equatable, Sendable {
  private var accumulated: UInt16 = 0
  private var pending: UInt8?

  public init() {}

  /// The checksum of all whole words seen so far.
  public var value: UInt16 { accumulated }

  public mutating func update(_ bytes: RawSpan) {
    var offset = 0
    if let low = pending, bytes.byteCount > 0 {
      accumulated ^= UInt16(low) | UInt16(unsafe bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)) << 8
      pending = nil
      offset = 1
    }
    offset = fold(bytes, from: offset)
    if offset < bytes.byteCount {
      pending = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
  }

  /// Takes in all whole words from `start` on, eight bytes at a time, and returns where it stopped.
  private mutating func fold(_ bytes: RawSpan, from start: Int) -> Int {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return start }
      var offset = start
      var lanes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
      let count = buffer.count
      while offset <= count - 32 {
        lanes.0 ^= unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        lanes.1 ^= unsafe base.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        lanes.2 ^= unsafe base.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)
        lanes.3 ^= unsafe base.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)
        offset += 32
      }
      let wide = UInt64(littleEndian: lanes.0 ^ lanes.1 ^ lanes.2 ^ lanes.3)
      let half = UInt32(truncatingIfNeeded: wide ^ wide >> 32)
      accumulated ^= UInt16(truncatingIfNeeded: half ^ half >> 16)
      while offset <= count - 2 {
        accumulated ^= UInt16(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        offset += 2
      }
      return offset
    }
  }
}
