import FlashImages
import Testing
import WireFormat

@Suite("Boot records")
struct MBRTests {
  private func record(_ entries: [[UInt8]]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 446)
    for index in 0..<4 {
      bytes += entries.indices.contains(index) ? entries[index] : [UInt8](repeating: 0, count: 16)
    }
    return bytes + [0x55, 0xAA]
  }

  private func entry(_ type: UInt8, _ first: UInt32, _ count: UInt32) -> [UInt8] {
    var bytes: [UInt8] = [0, 0xFF, 0xFF, 0xFF, type, 0xFF, 0xFF, 0xFF]
    bytes.append(littleEndian: first)
    bytes.append(littleEndian: count)
    return bytes
  }

  private func disk(_ records: [Int: [UInt8]], sectors: Int) -> MemoryBytes {
    var bytes = [UInt8](repeating: 0, count: sectors * 512)
    for (lba, record) in records { bytes.replaceSubrange(lba * 512..<lba * 512 + 512, with: record) }
    return MemoryBytes(bytes)
  }

  @Test func `the chain of the specification is followed`() throws {
    let records = [
      0: record([entry(0x83, 2048, 16384), entry(5, 18432, 0x10_0000)]),
      18432: record([entry(0x83, 2048, 16384), entry(5, 20480, 100)]), 38912: record([entry(0x0C, 1, 5)]),
    ]
    let read = try #require(try MBRPartitions(reading: disk(records, sectors: 39000), sectorByteCount: 512))
    #expect(read.brokenAt == nil)
    #expect(read.partitions.map(\.number) == [1, 2, 5, 6])
    #expect(read.partitions.map(\.firstLBA) == [2048, 18432, 20480, 38913])
    #expect(read.partitions.map(\.type) == [0x83, 5, 0x83, 0x0C])
  }

  @Test func `chains that lead back, outside or to nothing end there`() throws {
    for (first, broken) in [(0, 100), (900_000, 900_100), (50, 150)] as [(UInt32, UInt64)] {
      let records = [
        0: record([entry(5, 100, 1000)]), 100: record([entry(0x83, 1, 1), entry(5, first, 1)]),
      ]
      let read = try #require(try MBRPartitions(reading: disk(records, sectors: 1000), sectorByteCount: 512))
      #expect(read.brokenAt == broken)
      #expect(read.partitions.map(\.number) == [1, 5])
    }
    #expect(try MBRPartitions(reading: MemoryBytes([1, 2, 3]), sectorByteCount: 512) == nil)
  }

  @Test func `a protective record says how many sectors there are, as far as it can`() throws {
    let small = MBR.protective(sectorCount: 20480)
    #expect(MBR(parsing: small.rawSpan)?.entries[0].sectorCount == 20479)
    let large = MBR.protective(sectorCount: 1 << 40)
    #expect(MBR(parsing: large.rawSpan)?.entries[0].sectorCount == .max)
    #expect(MBR(parsing: small.rawSpan)?.isProtective == true && MBR(parsing: small.rawSpan)?.isHybrid == false)
  }
}
