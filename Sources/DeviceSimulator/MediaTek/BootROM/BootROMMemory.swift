/// The memory of a simulated chip: bytes that were written, and zeros. Little-endian.
struct BootROMMemory: Sendable {
  private var bytes: [UInt32: UInt8] = [:]

  /// What it remembers at most; a host that writes more finds zeros.
  private static let byteLimit = 1 << 22

  func byte(at address: UInt32) -> UInt8 { bytes[address] ?? 0 }

  /// A value of 2 or 4 bytes.
  func value(at address: UInt32, byteCount: Int) -> UInt32 {
    (0..<byteCount).reduce(0) { $0 | UInt32(byte(at: address &+ UInt32($1))) << UInt32(8 * $1) }
  }

  mutating func store(_ value: UInt32, at address: UInt32, byteCount: Int) {
    for index in 0..<byteCount {
      store(byte: UInt8(truncatingIfNeeded: value >> UInt32(8 * index)), at: address &+ UInt32(index))
    }
  }

  mutating func store(byte: UInt8, at address: UInt32) {
    guard bytes.count < Self.byteLimit || bytes[address] != nil else { return }
    bytes[address] = byte
  }

  /// The exclusive or of so many halfwords. A host's wild number is cut.
  func checksum(at address: UInt32, halfwords: UInt32) -> UInt16 {
    (0..<min(halfwords, 1 << 20)).reduce(0) { $0 ^ UInt16(value(at: address &+ $1 &* 2, byteCount: 2)) }
  }
}
