import WireFormat

/// Well-formed ELF files, as small as they can be with headers, a hash segment and a program.
enum ELFSample {
  static let elf64 = make(is64Bit: true)
  static let elf32 = make(is64Bit: false)
  static let headerByteCount64 = 0x40 + 3 * 56
  static let headerByteCount32 = 0x34 + 3 * 32

  private static func make(is64Bit: Bool) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, is64Bit ? 2 : 1, 1, 1] + [UInt8](repeating: 0, count: 9)
    func add16(_ value: Int) { bytes.append(littleEndian: UInt16(value)) }
    func add32(_ value: Int) { bytes.append(littleEndian: UInt32(value)) }
    func addWide(_ value: Int) { if is64Bit { bytes.append(littleEndian: UInt64(value)) } else { add32(value) } }
    add16(2)
    add16(is64Bit ? 0xB7 : 0x28)
    add32(1)
    addWide(0x1480_0000)
    addWide(is64Bit ? 0x40 : 0x34)
    addWide(0)
    add32(0)
    for field in [is64Bit ? 0x40 : 0x34, is64Bit ? 56 : 32, 3, 0, 0, 0] { add16(field) }
    let headers = is64Bit ? headerByteCount64 : headerByteCount32
    let hash = 0x1000
    let code = 0x2000
    for (type, flags, offset, count) in [
      (0, 0x0700_0000, 0, headers), (0, 0x0220_0000, hash, 0x128), (1, 5, code, 9000),
    ] {
      add32(type)
      if is64Bit { add32(flags) }
      addWide(offset)
      addWide(0x1480_0000 + offset)
      addWide(0x1480_0000 + offset)
      addWide(count)
      addWide(count)
      if !is64Bit { add32(flags) }
      addWide(4096)
    }
    bytes += [UInt8](repeating: 0, count: hash - bytes.count)
    bytes += (0..<0x128).map { UInt8(truncatingIfNeeded: $0) }
    bytes += [UInt8](repeating: 0, count: code - bytes.count)
    return bytes + (0..<9000).map { UInt8(truncatingIfNeeded: ($0 * 7) >> 2) }
  }
}
