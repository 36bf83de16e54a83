import WireFormat

/// The partition tables of a disk or a section of storage: both copies, what they agree on, and what is odd.
///
/// Source: `docs/protocols/android-images.md` 5.4.
public struct GPTDisk: Equatable, Sendable {
  /// A copy of the table, or why there is none.
  public enum Copy: Equatable, Sendable {
    case valid(GPTCopy)
    case damaged(GPTDefect)

    public var table: GPTCopy? { if case .valid(let copy) = self { copy } else { nil } }
    public var defect: GPTDefect? { if case .damaged(let defect) = self { defect } else { nil } }
  }

  public let sectorByteCount: Int
  public let sectorCount: UInt64
  public let primary: Copy
  public let backup: Copy
  public let mbr: MBR?
  /// Sector 0 as it is, 512 bytes.
  public let bootSector: [UInt8]
  /// Where the valid backup was found.
  public let backupLBA: UInt64?
  /// The copy that counts: the primary if it is valid.
  public let table: GPTTable
  public let findings: [GPTFinding]

  /// Sizes that a signature is looked for at, in this order.
  public static let sectorSizes = [512, 4096, 2048, 1024]

  /// Reads a storage file, a disk image, or another thing with both copies in it.
  ///
  /// `sectorByteCount` is the storage's, where it is known; otherwise the signatures tell it. `acceptsDamaged` takes a
  /// primary whose checksums are wrong when nothing better is there. Throws `GPTEditError.noTable` when there is no
  /// table, and `ImageError` when the file cannot be read.
  public init(
    reading disk: any RandomAccessBytes, sectorByteCount: Int? = nil, acceptsDamaged: Bool = false
  ) throws {
    let length = try disk.length()
    var unit = 512
    if let known = sectorByteCount {
      unit = max(512, known)
    } else if let found = try Self.detectSectorSize(disk, length: length) {
      unit = found
    }
    let total = length / UInt64(unit)
    let boot = try disk.bytes(at: 0, atMost: 512, length: length)
    let record = MBR(parsing: boot.rawSpan)
    var first = try Self.copy(disk, at: 1, unit, total)
    if sectorByteCount != nil, case .damaged(.noSignature) = first, let other = try Self.otherSize(disk, unit, length) {
      first = .damaged(.otherSectorSize(found: other))
    }
    let second = try Self.backup(disk, of: first, unit, total)
    if first.table == nil, second.copy.table == nil, acceptsDamaged {
      let unverified = try Self.copy(disk, at: 1, unit, total, verifies: false)
      if unverified.table != nil { first = unverified }
    }
    guard let chosen = first.table ?? second.copy.table else {
      throw GPTEditError.noTable(
        primary: first.defect ?? .noSignature(lba: 1), backup: second.copy.defect ?? .noSignature(lba: total))
    }
    self.sectorByteCount = unit
    sectorCount = total
    bootSector = boot
    mbr = record
    primary = first
    backup = second.copy
    backupLBA = second.copy.table == nil ? nil : second.lba
    table = GPTTable(chosen, sectorByteCount: unit)
    findings =
      GPTExamination(
        primary: first, backup: second.copy, backupLBA: second.lba, mbr: record, sectorCount: total,
        table: GPTTable(chosen, sectorByteCount: unit)
      ).findings
  }

  private static func copy(
    _ disk: any RandomAccessBytes, at lba: UInt64, _ unit: Int, _ total: UInt64, verifies: Bool = true
  ) throws(ImageError) -> Copy {
    do throws(GPTReadError) {
      return .valid(
        try GPTCopy(
          reading: disk, at: lba, sectorByteCount: unit, sectorCount: total, verifiesChecksum: verifies))
    } catch {
      switch error {
      case .defect(let defect): return .damaged(defect)
      case .file(let error): throw error
      }
    }
  }

  /// In the last sector, else where the primary says, which is elsewhere when the disk has another size by now.
  private static func backup(
    _ disk: any RandomAccessBytes, of primary: Copy, _ unit: Int, _ total: UInt64
  ) throws(ImageError) -> (copy: Copy, lba: UInt64) {
    guard total > 2 else { return (.damaged(.outside(lba: 0)), 0) }
    let last = try copy(disk, at: total - 1, unit, total)
    guard last.table == nil, let named = primary.table?.header.alternateLBA, named > 1, named < total - 1 else {
      return (last, total - 1)
    }
    let other = try copy(disk, at: named, unit, total)
    return other.table == nil ? (last, total - 1) : (other, named)
  }

  /// From the place of the primary's signature, else of the backup's.
  static func detectSectorSize(_ disk: any RandomAccessBytes, length: UInt64) throws(ImageError) -> Int? {
    for size in sectorSizes where try hasSignature(disk, at: UInt64(size), length) { return size }
    for size in sectorSizes where length >= UInt64(size) && length % UInt64(size) == 0 {
      if try hasSignature(disk, at: length - UInt64(size), length) { return size }
    }
    return nil
  }

  private static func otherSize(
    _ disk: any RandomAccessBytes, _ unit: Int, _ length: UInt64
  ) throws(ImageError) -> Int? {
    for size in sectorSizes where size != unit {
      if try hasSignature(disk, at: UInt64(size), length) { return size }
    }
    return nil
  }

  static func hasSignature(
    _ disk: any RandomAccessBytes, at offset: UInt64, _ length: UInt64
  ) throws(ImageError) -> Bool {
    try disk.bytes(at: offset, atMost: 8, length: length) == GPTHeader.signature
  }
}
