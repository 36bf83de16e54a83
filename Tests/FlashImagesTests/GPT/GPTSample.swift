import FlashImages
import WireFormat

/// Disks as the worked examples of `docs/protocols/android-images.md` 5.9 and 5.11 describe them.
enum GPTSample {
  static let diskGUID = GUID(bytes: Array(0..<16)) ?? .zero
  static func unique(_ last: UInt8) -> GUID {
    GUID("11111111-2222-3333-4444-5555555555" + Hex.string([last])) ?? .zero
  }

  /// `boot_a` and `userdata`, as in 5.11, on a disk of this shape.
  static func partitions(attributes: UInt64 = 0x006F_0000_0000_0000, names: [String] = ["boot_a", "userdata"])
    -> [GPTBuilder.Partition]
  {
    [
      .init(
        name: names[0], uniqueGUID: unique(0x55), sectorCount: 8, attributes: GPTAttributes(rawValue: attributes)),
      .init(name: names[1], uniqueGUID: unique(0x56)),
    ]
  }

  static func builder(_ unit: Int = 512, _ sectors: UInt64 = 20480, entries: Int = 128) -> GPTBuilder {
    GPTBuilder(
      sectorByteCount: unit, sectorCount: sectors, name: "sample", diskGUID: diskGUID, entryCount: entries)
  }

  /// A whole disk with the writes in place.
  static func disk(_ writes: [GPTWrite], unit: Int = 512, sectors: UInt64 = 20480) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(sectors) * unit)
    for write in writes {
      let start = Int(write.lba) * unit
      bytes.replaceSubrange(start..<start + write.bytes.count, with: write.bytes)
    }
    return bytes
  }

  static func disk(unit: Int = 512, sectors: UInt64 = 20480, entries: Int = 128) throws -> [UInt8] {
    disk(try builder(unit, sectors, entries: entries).writes(of: partitions()), unit: unit, sectors: sectors)
  }

  static func read(_ bytes: [UInt8], unit: Int? = nil, acceptsDamaged: Bool = false) throws -> GPTDisk {
    try GPTDisk(reading: MemoryBytes(bytes), sectorByteCount: unit, acceptsDamaged: acceptsDamaged)
  }

  /// The checksum of the header at a sector, and of the array it names.
  static func checksums(_ bytes: [UInt8], lba: Int, unit: Int = 512) -> (header: UInt32, array: UInt32) {
    let header = Array(bytes[lba * unit..<lba * unit + 92])
    return (number(header, 16), number(header, 88))
  }

  static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// `bytes` with a header field changed and its checksum put right.
  static func settingHeader<T: FixedWidthInteger>(
    _ bytes: [UInt8], lba: Int = 1, unit: Int = 512, _ offset: Int, _ value: T
  )
    -> [UInt8]
  {
    let start = lba * unit
    var copy = SparseVectors.setting(bytes, start + offset, value)
    copy = SparseVectors.setting(copy, start + 16, UInt32(0))
    let size = min(Int(number(copy, start + 12)), unit)
    let covered = Array(copy[start..<start + max(0, size)])
    return SparseVectors.setting(copy, start + 16, CRC32(of: covered.rawSpan).value)
  }
}
