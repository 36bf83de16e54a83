import FlashImages
import Qualcomm
import Testing
import WireFormat

@Suite struct `Memory dumps of the Linux kernel` {
  private static let regions = [
    SaharaRegion(base: 0x1468_0000, length: 5, description: "OCIMEM", fileName: "OCIMEM.BIN"),
    SaharaRegion(savePreference: 0, base: 0x8000_0000, length: 0, description: "empty", fileName: "EMPTY.BIN"),
    SaharaRegion(base: 0x9000_0000, length: 3, description: "DDR", fileName: "DDR.BIN"),
  ]

  private static func dump(
    _ regions: [SaharaRegion] = regions, data: String = "helloabc", version: UInt64 = 1, tableByteCount: UInt64? = nil
  ) -> [UInt8] {
    let table = SaharaRegionTable(width: .bits64, regions: regions).bytes
    var bytes: [UInt8] = []
    bytes.append(littleEndian: 0x1234_5678_90AB_CDEF as UInt64)
    for word in [version, UInt64(data.utf8.count), tableByteCount ?? UInt64(table.count)] {
      bytes.append(littleEndian: word)
    }
    return bytes + table + Array(data.utf8)
  }

  private func read(_ bytes: [UInt8]) throws -> [String?] {
    let dump = try SaharaKernelDump(MemoryBytes(bytes))
    return try dump.table.regions.indices.map { place in
      guard dump.isComplete(place) else { return nil }
      var text: [UInt8] = []
      try dump.read(place) { piece in text += piece }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private func reason(_ bytes: [UInt8]) -> String? {
    do { _ = try SaharaKernelDump(MemoryBytes(bytes)) } catch {
      if case .malformed(_, let offset, let reason) = error { return "\(offset): \(reason)" }
    }
    return nil
  }

  @Test func `regions lie back to back behind the table`() throws {
    let bytes = Self.dump()
    #expect(SaharaKernelDump.isKernelDump(bytes) && !SaharaKernelDump.isKernelDump([1, 2]))
    #expect(Array(bytes.prefix(8)) == [0xEF, 0xCD, 0xAB, 0x90, 0x78, 0x56, 0x34, 0x12])
    let dump = try SaharaKernelDump(MemoryBytes(bytes))
    #expect(dump.table.regions == Self.regions && dump.dumpByteCount == 8)
    #expect(try read(bytes) == ["hello", "", "abc"])
  }

  @Test func `a file that ends early has its first regions`() throws {
    #expect(try read(Self.dump(data: "helloab")) == ["hello", "", nil])
    #expect(try read(Self.dump(data: "hell")) == [nil, nil, nil])
    let dump = try SaharaKernelDump(MemoryBytes(Self.dump(data: "hell")))
    #expect(throws: ImageError.malformed(path: "memory", offset: 32 + 192 + 4, reason: "region 1 is cut off")) {
      try dump.read(0) { _ in }
    }
  }

  @Test func `what makes no sense is refused with its offset`() {
    #expect(reason(Array(Self.dump().prefix(31))) == "0: no memory dump of the kernel")
    #expect(reason([0] + Self.dump().dropFirst()) == "0: no memory dump of the kernel")
    #expect(reason(Self.dump(version: 2)) == "8: memory dump of version 2")
    for count in [0, 63, 65, 1 << 20, UInt64.max] {
      #expect(reason(Self.dump(tableByteCount: count)) == "24: table of memory regions of \(count) bytes")
    }
    #expect(reason(Self.dump(tableByteCount: 64 * 1000)) == "32: truncated table of memory regions")
    let endless = (0..<3).map { _ in
      SaharaRegion(base: 0, length: .max / 2, description: "", fileName: "x")
    }
    #expect(reason(Self.dump(endless)) == "32: table of memory regions that makes no sense")
    let wrapping = SaharaRegion(base: .max, length: 2, description: "", fileName: "x")
    #expect(reason(Self.dump([wrapping])) == "32: table of memory regions that makes no sense")
  }
}
