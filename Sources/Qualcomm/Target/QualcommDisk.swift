import FlashCore
import FlashImages
import WireFormat

/// One physical partition with what its partition table says.
struct QualcommDisk: Sendable {
  var section: StorageSection
  var number: UInt32
  /// `nil` where there is no valid table.
  var table: GPTTable?
  /// From a NAND partition table.
  var nandPartitions: [Partition] = []

  var partitions: [Partition] {
    guard let table else { return nandPartitions }
    let unit = UInt64(table.sectorByteCount)
    return table.partitions.compactMap { partition in
      let entry = partition.entry
      let (start, overflows) = entry.firstLBA.multipliedReportingOverflow(by: unit)
      let (length, overflowsToo) = entry.sectorCount.multipliedReportingOverflow(by: unit)
      guard !overflows, !overflowsToo, !start.addingReportingOverflow(length).overflow else { return nil }
      return Partition(
        name: entry.name, extent: PlanExtent(section: section.name, start: .fromStart(start), length: length),
        number: partition.number, type: entry.type.description)
    }
  }
}

extension QualcommProgrammer {
  /// A table and its array lie in so many sectors, for any storage that is what it says.
  private static let maximumArraySectors: UInt64 = 8192

  /// Every physical partition with its table.
  func allDisks() async throws(FirehoseError) -> [QualcommDisk] {
    if let disks { return disks }
    var found: [QualcommDisk] = []
    for section in try await storage().sections {
      let number = UInt32(section.name) ?? 0
      var disk = QualcommDisk(section: section, number: number)
      if section.kind == .nand {
        disk.nandPartitions = try await nandPartitions(of: section, number)
      } else {
        disk.table = try await table(of: section, number)
      }
      found.append(disk)
    }
    disks = found
    return found
  }

  func forgetTables() { disks = nil }

  /// The primary table, or the backup where that is damaged; `nil` where there is neither, which is nothing unusual.
  private func table(of section: StorageSection, _ number: UInt32) async throws(FirehoseError) -> GPTTable? {
    do throws(FirehoseError) {
      if let copy = try await copy(at: 1, section, number) {
        return GPTTable(copy, sectorByteCount: Int(section.sectorByteCount))
      }
      guard let sectors = section.sectorCount, sectors > 2,
        let copy = try await copy(at: sectors - 1, section, number)
      else { return nil }
      let driver = try await driver()
      driver.notice("firehose.backup-table", ["section": section.name])
      return GPTTable(copy, sectorByteCount: Int(section.sectorByteCount))
    } catch {
      guard case .refused = error else { throw error }
      return nil
    }
  }

  private func copy(
    at lba: UInt64, _ section: StorageSection, _ number: UInt32
  ) async throws(FirehoseError) -> GPTCopy? {
    let unit = UInt32(clamping: section.sectorByteCount)
    let sector = try await bytes(ofSectors: 1, at: lba, partition: number, sector: unit)
    guard let header = try? GPTHeader(parsing: sector.rawSpan, at: lba), header.myLBA == lba else { return nil }
    let count = header.arraySectorCount(Int(unit))
    guard count > 0, count <= Self.maximumArraySectors, header.arrayLBA < section.sectorCount ?? .max - count else {
      return nil
    }
    let array = try await bytes(ofSectors: count, at: header.arrayLBA, partition: number, sector: unit)
    return try? GPTCopy(header: header, array: array)
  }

  /// The system table of the MIBIB block: its header page, then one or two pages. Source: `docs/protocols/firehose.md` 10.
  private func nandPartitions(
    of section: StorageSection, _ number: UInt32
  ) async throws(FirehoseError) -> [Partition] {
    let unit = UInt32(clamping: section.sectorByteCount)
    for page in [0x280, 0x400, 0x800] as [UInt64] {
      let pages: [UInt8]
      do throws(FirehoseError) {
        pages = try await bytes(ofSectors: 3, at: page, partition: number, sector: unit)
      } catch {
        guard case .refused = error else { throw error }
        continue
      }
      for index in 0..<3 {
        let bytes = Array(pages[Int(unit) * index..<Int(unit) * (index + 1)])
        guard let table = try? NANDPartitionTable(parsing: bytes.rawSpan), table.kind == .system else { continue }
        return partitions(table, section)
      }
    }
    return []
  }

  /// Blocks are counted in pages of the size that was agreed on.
  private func partitions(_ table: NANDPartitionTable, _ section: StorageSection) -> [Partition] {
    let block = UInt64(settings.pagesPerBlock ?? 64) * section.sectorByteCount
    return table.entries.enumerated().compactMap { index, entry in
      let start = UInt64(entry.first) * block
      let length: UInt64? =
        entry.isOpenEnded(in: .system)
        ? section.byteCount.map { $0 > start ? $0 - start : 0 } : UInt64(entry.second) * block
      let name = entry.name.hasPrefix("0:") ? String(entry.name.dropFirst(2)) : entry.name
      guard !name.isEmpty else { return nil }
      return Partition(
        name: name, extent: PlanExtent(section: section.name, start: .fromStart(start), length: length),
        number: index + 1)
    }
  }
}
