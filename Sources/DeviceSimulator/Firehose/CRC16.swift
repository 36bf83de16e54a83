/// CRC-16/X.25: reflected polynomial 0x8408, initial and final value 0xFFFF. The sources do not say which CRC-16
/// `getcrc16digest` means; this is the one of the other Qualcomm protocols.
struct CRC16: Sendable {
  private var register: UInt16 = 0xFFFF

  var value: UInt16 { ~register }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    for index in bytes.indices {
      let byte = unsafe bytes[index]
      register = register >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: register) ^ byte)]
    }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index)) { entry, _ in entry & 1 == 1 ? entry >> 1 ^ 0x8408 : entry >> 1 }
  }
}
