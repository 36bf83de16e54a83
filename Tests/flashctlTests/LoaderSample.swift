/// A programmer in the smallest ELF64 form: header, and one segment of code.
enum LoaderSample {
  static let elf: [UInt8] = {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func append(_ value: UInt64, _ count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
    for (value, count) in [(2, 2), (0xB7, 2), (1, 4), (0x1480_0000, 8), (64, 8), (0, 8), (0, 4)] as [(UInt64, Int)] {
      append(value, count)
    }
    for field in [64, 56, 1, 0, 0, 0] as [UInt64] { append(field, 2) }
    append(1, 4)
    append(5, 4)
    for word in [0x1000, 0x1480_0000, 0x1480_0000, 4096, 4096, 4096] as [UInt64] { append(word, 8) }
    return bytes + [UInt8](repeating: 0, count: 0x1000 - bytes.count) + [UInt8](repeating: 0x5A, count: 4096)
  }()
}
