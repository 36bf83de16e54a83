import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as a disk with partition tables, after putting the headers' checksums right, and mends, grows and switches
/// what was read; also as boot records.
@main
struct FuzzGPT {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  for candidate in [bytes, withRightChecksums(bytes)] {
    let file = MemoryBytes(candidate)
    for size in [nil, 512, 4096] as [Int?] {
      if let disk = try? GPTDisk(reading: file, sectorByteCount: size, acceptsDamaged: true) { use(disk) }
    }
    if let table = try? GPTFile(reading: file) { _ = table.isAlone(in: UInt64(candidate.count)) }
    if let mbr = try? MBRPartitions(reading: file, sectorByteCount: 512) {
      LibFuzzer.require(mbr.partitions.count <= 4 + 3 * 128 * 4, "a chain of records has an end")
    }
  }
  _ = BootControlBlock(parsing: bytes.rawSpan)
  return 0
}

private func use(_ disk: GPTDisk) {
  LibFuzzer.require(disk.table.entries.count <= 1024, "no table has more entries than allowed")
  for partition in disk.table.partitions { _ = disk.table.partition(named: partition.entry.name) }
  if let writes = try? disk.repairs() {
    for write in writes {
      let end = write.lba + UInt64(write.bytes.count / disk.sectorByteCount)
      LibFuzzer.require(end <= disk.sectorCount, "nothing is written outside the disk")
    }
  }
  var table = disk.table
  for sectors in [disk.sectorCount, disk.sectorCount &* 2, .max] {
    guard (try? table.grow(to: sectors, force: true)) != nil else { continue }
    _ = try? table.layout(sectorCount: sectors)
  }
  var slots = GPTSlots([table])
  _ = try? slots.activate(.b, assumingA: true)
}

/// Otherwise no changed byte of a header would get past its checksum.
private func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var copy = bytes
  for unit in [512, 4096] {
    guard copy.count >= unit + 512, copy[unit..<unit + 8].elementsEqual(GPTHeader.signature) else { continue }
    func number(_ offset: Int) -> Int {
      copy[unit + offset..<unit + offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let arrayStart = 2 * unit
    let arraySize = min(number(80), 1024) * min(number(84), 4096)
    if arrayStart + arraySize <= copy.count {
      let array = Array(copy[arrayStart..<arrayStart + arraySize])
      put(CRC32(of: array.rawSpan).value, at: unit + 88, in: &copy)
    }
    let size = number(12)
    guard (92...512).contains(size) else { continue }
    put(0, at: unit + 16, in: &copy)
    let header = Array(copy[unit..<unit + size])
    put(CRC32(of: header.rawSpan).value, at: unit + 16, in: &copy)
  }
  return copy
}

private func put(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
  var field: [UInt8] = []
  field.append(littleEndian: value)
  bytes.replaceSubrange(offset..<offset + 4, with: field)
}
