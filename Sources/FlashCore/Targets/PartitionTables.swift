public import FlashImages
import WireFormat

/// The GUID partition tables of all sections of a device, read through it.
public struct PartitionTables: Equatable, Sendable {
  /// A section and its table.
  public struct Table: Equatable, Sendable {
    public var section: StorageSection
    /// Both copies, of which one at least is whole.
    public var disk: GPTDisk
  }

  /// A section that no table could be read from.
  public struct Gap: Equatable, Sendable {
    public var section: StorageSection
    public var reason: Reason

    public enum Reason: Equatable, Sendable {
      /// There is none: boot areas of an eMMC, a unit that has been provisioned and not flashed.
      case noTable
      /// The device does not tell how large the section is, or it is too small for any table.
      case notLookedAt
      /// There is one, and neither copy is whole.
      case damaged(primary: GPTDefect, backup: GPTDefect)
    }
  }

  public var tables: [Table]
  /// Sections without a table that can be used.
  public var gaps: [Gap] = []

  /// What nearly every table takes at both ends of a section behind its first two sectors: 128 entries.
  static let usualArrayByteCount: UInt64 = 16 << 10
  /// What 1024 entries take, which is as many as are looked for.
  static let largestArrayByteCount: UInt64 = 128 << 10

  public init(_ tables: [Table]) { self.tables = tables }

  /// Reads both ends of every section whose size is known, or of those that are named alone.
  public init(reading target: any FlashTarget, sections names: Set<String>? = nil) async throws {
    try target.require(.read)
    tables = []
    for section in try await target.storage().sections {
      guard section.kind == .sectors, !section.isReplayProtected, names?.contains(section.name) ?? true else {
        continue
      }
      switch try await Self.look(at: section, on: target) {
      case .success(let disk): tables.append(Table(section: section, disk: disk))
      case .failure(let gap): gaps.append(Gap(section: section, reason: gap.reason))
      }
    }
  }

  /// Both copies of one section's table, of which one at least is whole.
  ///
  /// Throws `GPTEditError.noTable` when there is none that can be used, `StorageError.sizeUnknown` where nobody knows how
  /// large the section is, `UnsupportedOperation` for raw flash, which has tables of another kind.
  public static func disk(of section: StorageSection, on target: any FlashTarget) async throws -> GPTDisk {
    try target.require(.read)
    guard section.kind == .sectors else { throw target.unsupported(.partitions) }
    switch try await look(at: section, on: target) {
    case .success(let disk): return disk
    case .failure(let gap):
      switch gap.reason {
      case .noTable:
        throw GPTEditError.noTable(
          primary: .noSignature(lba: 1), backup: .noSignature(lba: (section.sectorCount ?? 1) - 1))
      case .notLookedAt: throw StorageError.sizeUnknown(PlanExtent(section: section.name))
      case .damaged(let primary, let backup): throw GPTEditError.noTable(primary: primary, backup: backup)
      }
    }
  }

  /// Why a section counts as one without a table.
  private struct NoTable: Error { var reason: Gap.Reason }

  private static func look(
    at section: StorageSection, on target: any FlashTarget
  ) async throws -> Result<GPTDisk, NoTable> {
    let unit = section.sectorByteCount
    guard let size = section.byteCount, size >= 6 * unit, let sectorSize = Int(exactly: unit) else {
      return .failure(NoTable(reason: .notLookedAt))
    }
    let whole = size - size % unit
    var end = endByteCount(usualArrayByteCount, of: whole, unit)
    var head = try await target.bytes(of: StorageRange(section: section.name, bytes: 0..<end))
    // Most sections without a table (boot areas) show it at once.
    let hasPrimary = head.dropFirst(sectorSize).starts(with: "EFI PART".utf8)
    if hasPrimary, Self.reaches(beyond: end, head, sectorSize) {
      end = endByteCount(largestArrayByteCount, of: whole, unit)
      head = try await target.bytes(of: StorageRange(section: section.name, bytes: 0..<end))
    }
    let tail = try await target.bytes(of: StorageRange(section: section.name, bytes: (whole - end)..<whole))
    let hasBackup = tail.suffix(sectorSize).starts(with: "EFI PART".utf8)
    guard hasPrimary || hasBackup else { return .failure(NoTable(reason: .noTable)) }
    do {
      return .success(
        try GPTDisk(
          reading: StorageEnds(head: head, tail: tail, byteCount: whole, path: section.name),
          sectorByteCount: sectorSize))
    } catch GPTEditError.noTable(let primary, let backup) {
      return .failure(NoTable(reason: .damaged(primary: primary, backup: backup)))
    }
  }

  /// Whole sectors at one end, never more than half of the section.
  private static func endByteCount(_ array: UInt64, of whole: UInt64, _ unit: UInt64) -> UInt64 {
    min(whole / 2 / unit * unit, 2 * unit + (array + unit - 1) / unit * unit)
  }

  /// Whether the primary table's entries go on behind what was read.
  private static func reaches(beyond end: UInt64, _ head: [UInt8], _ unit: Int) -> Bool {
    let sector = Array(head[unit..<2 * unit])
    guard let header = try? GPTHeader(parsing: sector.rawSpan, at: 1) else { return false }
    let (last, overflows) = header.arrayLBA.addingReportingOverflow(header.arraySectorCount(unit))
    return !overflows && last > end / UInt64(unit)
  }

  /// All partitions, in the tables' order.
  public var partitions: [Partition] {
    tables.flatMap { table -> [Partition] in
      let unit = table.section.sectorByteCount
      return table.disk.table.partitions.compactMap { partition in
        let entry = partition.entry
        // A partition that grows with the disk ends before it begins, until its table is patched.
        let count = entry.lastLBA < entry.firstLBA ? 0 : entry.lastLBA - entry.firstLBA + 1
        let (start, overflows) = entry.firstLBA.multipliedReportingOverflow(by: unit)
        let (length, overflowsToo) = count.multipliedReportingOverflow(by: unit)
        guard !overflows, !overflowsToo else { return nil }
        return Partition(
          name: entry.name,
          extent: PlanExtent(section: table.section.name, start: .fromStart(start), length: length),
          number: partition.number, type: "\(entry.type)", attributes: entry.attributes.rawValue)
      }
    }
  }
}

/// The two ends of something large, as if all of it were there; the middle reads as zeros.
struct StorageEnds: RandomAccessBytes {
  let head: [UInt8]
  let tail: [UInt8]
  let byteCount: UInt64
  let path: String

  func length() throws(ImageError) -> UInt64 { byteCount }

  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    guard offset <= byteCount, byteCount - offset >= UInt64(buffer.count) else {
      throw .shortRead(path: path, offset: offset, expected: UInt64(buffer.count))
    }
    let tailStart = byteCount - UInt64(tail.count)
    for index in 0..<buffer.count {
      let place = offset + UInt64(index)
      let byte: UInt8
      if place < UInt64(head.count) {
        byte = head[Int(place)]
      } else {
        byte = place >= tailStart ? tail[Int(place - tailStart)] : 0
      }
      unsafe buffer[index] = byte
    }
  }
}
