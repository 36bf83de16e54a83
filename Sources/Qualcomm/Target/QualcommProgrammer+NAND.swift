import FlashCore
import FlashImages
import WireFormat

extension QualcommProgrammer {
  /// The partitions of NAND, whose table is none that other storage has.
  func nandPartitions() async throws(FirehoseError) -> [Partition] {
    var found: [Partition] = []
    for section in try await storage().sections {
      found += try await nandPartitions(of: section, UInt32(section.name) ?? 0)
    }
    return found
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
        // A small chip has no such page; one that fails while it is read is no chip without a table.
        guard error.isRefusalOfPlace else { throw error }
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
    let block = section.blockByteCount ?? section.sectorByteCount
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
