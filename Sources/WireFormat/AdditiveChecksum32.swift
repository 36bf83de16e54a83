/// The sum of all little-endian 32-bit words modulo 2^32; 1 to 3 bytes that are left over count as bytes.
///
/// Bytes may come in pieces of any length. Source: `docs/protocols/mtk-scatter.md` 8.2, where it is called ADD.
public struct AdditiveChecksum32: Equatable, Sendable {
  private var sum: UInt32 = 0
  /// Bytes of a word that is not complete, the first one lowest.
  private var pending: [UInt8] = []

  public init() {}

  /// The checksum of all bytes so far.
  public var value: UInt32 { pending.reduce(sum) { $0 &+ UInt32($1) } }

  public mutating func update(_ bytes: RawSpan) {
    var offset = 0
    while !pending.isEmpty, offset < bytes.byteCount {
      pending.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
      guard pending.count == 4 else { continue }
      sum &+= pending.reversed().reduce(0) { $0 << 8 | UInt32($1) }
      pending = []
    }
    while bytes.byteCount - offset >= 4 {
      sum &+= UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
      offset += 4
    }
    while offset < bytes.byteCount {
      pending.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
    }
  }
}
