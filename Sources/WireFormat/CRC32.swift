/// The CRC-32 of IEEE 802.3: reflected polynomial 0xEDB88320, initial and final value 0xFFFFFFFF.
///
/// Bytes may come in pieces of any length; long runs of one pattern are taken in without being written out, however long
/// they are. Source: `docs/protocols/android-images.md`, conventions; CRC32("123456789") is 0xCBF43926.
public struct CRC32: Equatable, Sendable {
  /// The register before the final inversion.
  private var register: UInt32 = 0xFFFF_FFFF

  public init() {}

  /// The checksum of `bytes`.
  public init(of bytes: RawSpan) { update(bytes) }

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~register }

  public mutating func update(_ bytes: RawSpan) {
    register = unsafe bytes.withUnsafeBytes { buffer in unsafe Self.advance(register, over: buffer) }
  }

  /// Takes in four bytes over and over, `byteCount` bytes in all, the first one first.
  ///
  /// Takes some microseconds, whatever `byteCount` is.
  public mutating func update(repeating pattern: [UInt8], byteCount: UInt64) {
    guard !pattern.isEmpty else { return }
    let unit = UInt64(pattern.count)
    var once = CRC32()
    once.update(pattern.rawSpan)
    // Square and multiply: `doubled` is the checksum of a run of 2^n units, of `length` bytes.
    var doubled = once.value
    var length = unit
    var left = byteCount / unit
    while left > 0 {
      if left & 1 == 1 { append(checksum: doubled, byteCount: length) }
      left >>= 1
      guard left > 0 else { break }
      doubled = Self.combine(doubled, doubled, byteCount: length)
      length &*= 2
    }
    let rest = Int(byteCount % unit)
    if rest > 0 { update([UInt8](pattern[..<rest]).rawSpan) }
  }

  /// Takes in `byteCount` bytes of which only the checksum is known.
  private mutating func append(checksum: UInt32, byteCount: UInt64) {
    register = ~Self.combine(value, checksum, byteCount: byteCount)
  }

  private static func advance(_ start: UInt32, over buffer: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = buffer.baseAddress else { return start }
    return unsafe tables.withUnsafeBufferPointer { tables in
      var register = start
      var offset = 0
      let count = buffer.count
      while offset <= count - 8 {
        let word = UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let mixed = word ^ UInt64(register)
        register = unsafe tables[1792 + Int(mixed & 0xFF)] ^ tables[1536 + Int(mixed >> 8 & 0xFF)]
        register ^= unsafe tables[1280 + Int(mixed >> 16 & 0xFF)] ^ tables[1024 + Int(mixed >> 24 & 0xFF)]
        register ^= unsafe tables[768 + Int(mixed >> 32 & 0xFF)] ^ tables[512 + Int(mixed >> 40 & 0xFF)]
        register ^= unsafe tables[256 + Int(mixed >> 48 & 0xFF)] ^ tables[Int(mixed >> 56)]
        offset += 8
      }
      while offset < count {
        let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
        register = unsafe register >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: register) ^ byte)]
        offset += 1
      }
      return register
    }
  }

  /// Eight tables of 256 entries: what a byte does that is followed by 0…7 further ones.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for index in 0..<256 {
      var entry = UInt32(index)
      for _ in 0..<8 { entry = entry & 1 == 1 ? entry >> 1 ^ polynomial : entry >> 1 }
      tables[index] = entry
    }
    for index in 256..<8 * 256 {
      let shorter = tables[index - 256]
      tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
    }
    return tables
  }()
}

extension CRC32 {
  private static let polynomial: UInt32 = 0xEDB8_8320

  /// The checksum of two runs of bytes, from that of each; `byteCount` is the length of the second.
  ///
  /// The first one is multiplied by x^(8 × byteCount) modulo the polynomial, as if so many zeros followed it.
  static func combine(_ first: UInt32, _ second: UInt32, byteCount: UInt64) -> UInt32 {
    multiply(power(ofBytes: byteCount), first) ^ second
  }

  /// x^(8 × count) modulo the polynomial. Bit 31 is the coefficient of x^0.
  private static func power(ofBytes count: UInt64) -> UInt32 {
    var result: UInt32 = 1 << 31
    // x^8.
    var square: UInt32 = 1 << 23
    var left = count
    while left > 0 {
      if left & 1 == 1 { result = multiply(square, result) }
      square = multiply(square, square)
      left >>= 1
    }
    return result
  }

  private static func multiply(_ left: UInt32, _ right: UInt32) -> UInt32 {
    var product: UInt32 = 0
    var shifted = right
    var bit: UInt32 = 1 << 31
    while bit != 0 {
      if left & bit != 0 { product ^= shifted }
      shifted = shifted & 1 == 1 ? shifted >> 1 ^ polynomial : shifted >> 1
      bit >>= 1
    }
    return product
  }
}
