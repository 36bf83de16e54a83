import Qualcomm
import Testing
import WireFormat

@Suite struct `Minidumps` {
  /// An ELF64 core header with the given segments: type, physical address, bytes in the file.
  private func header(_ segments: [(UInt32, UInt64, UInt64)]) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    bytes.append(littleEndian: 0x00B7_0004 as UInt32)
    bytes.append(littleEndian: 1 as UInt32)
    for word in [0, 64, 0] as [UInt64] { bytes.append(littleEndian: word) }
    bytes.append(littleEndian: 0 as UInt32)
    for field in [64, 56, UInt16(segments.count), 0, 0, 0] { bytes.append(littleEndian: field) }
    for (type, address, count) in segments {
      bytes.append(littleEndian: type)
      bytes.append(littleEndian: 6 as UInt32)
      for word in [0, 0, address, count, count, 4] as [UInt64] { bytes.append(littleEndian: word) }
    }
    return bytes
  }

  private func region(_ description: String, _ base: UInt64, _ length: UInt64) -> SaharaRegion {
    SaharaRegion(base: base, length: length, description: description, fileName: description)
  }

  @Test func `regions follow the program headers, filled up with zeros`() throws {
    let elf = header([(4, 0, 0x40), (1, 0x2000, 0x100), (1, 0x3000, 0x80)])
    let regions = [
      region("DDR", 0x8000, 0x1000), region("md_KELF", 0x1000, UInt64(elf.count)), region("md_KB", 0x3000, 0x60),
      region("md_KVMCOREINFO", 0x5000, 0x40), region("md_KA", 0x2000, 0x100),
    ]
    #expect(Minidump.header(in: regions) == 1)
    let minidump = try Minidump(header: 1, bytes: elf, regions: regions, available: [0, 1, 2, 3, 4])
    #expect(
      minidump.pieces == [
        .region(1, length: UInt64(elf.count)), .region(3, length: 0x40), .region(4, length: 0x100),
        .region(2, length: 0x60), .zeros(0x20),
      ])
    #expect(minidump.missing.isEmpty)
  }

  @Test func `a region that was not dumped leaves zeros in its place`() throws {
    let elf = header([(1, 0x2000, 0x100), (1, 0x3000, 0x80)])
    let regions = [region("md_KELF", 0x1000, UInt64(elf.count)), region("md_KA", 0x2000, 0x200)]
    let minidump = try Minidump(header: 0, bytes: elf, regions: regions, available: [0, 1])
    #expect(
      minidump.pieces == [
        .region(0, length: UInt64(elf.count)), .region(1, length: 0x100), .zeros(0x80),
      ])
    #expect(minidump.missing == [0x3000])
  }

  @Test func `what is no core header is refused by the field`() {
    let good = header([(1, 0x2000, 0x100)])
    let regions = [region("md_KELF", 0x1000, UInt64(good.count))]
    func reason(_ change: (inout [UInt8]) -> Void) -> String? {
      var bytes = good
      change(&bytes)
      do { _ = try Minidump(header: 0, bytes: bytes, regions: regions, available: [0]) } catch {
        if case .malformed(let reason) = error { return reason }
      }
      return nil
    }
    #expect(reason { _ in } == nil)
    #expect(reason { $0[0] = 0 } == "magic")
    #expect(reason { $0[4] = 1 } == "class")
    #expect(reason { $0[16] = 2 } == "e_type")
    #expect(reason { $0[54] = 32 } == "e_phentsize")
    #expect(reason { $0[56] = 2 } == "e_phoff")
    #expect(reason { $0.replaceSubrange(32..<40, with: [UInt8](repeating: 0xFF, count: 8)) } == "e_phoff")
    #expect(reason { $0[64 + 39] = 0x7F } == "p_filesz")
    #expect(reason { $0 = Array($0.prefix(40)) } == "truncated")
  }

  @Test func `a header of absurd length is not taken for one`() {
    #expect(Minidump.header(in: [region("md_KELF", 0, 1 << 40)]) == nil)
    #expect(Minidump.header(in: [region("DDR", 0, 16)]) == nil)
  }
}
