import FlashImages

/// The partition table in a file of a package after its patches, which know the size of the disk: what does not fit there
/// is found, and the patch that shows it.
struct PatchedTable {
  /// What one patch changed, counted from the file's start.
  struct Change {
    var bytes: Range<UInt64>
    var place: PackagePlace
  }

  private let file: HostFilePatcher.PatchedFile
  private let table: GPTFile
  private let changes: [Change]

  /// `nil` for a file that holds no whole table: others are patched too.
  init?(_ file: HostFilePatcher.PatchedFile, changes: [Change]) {
    guard let table = try? GPTFile(reading: MemoryBytes(file.bytes, path: file.source)) else { return nil }
    self.file = file
    self.table = table
    self.changes = changes
  }

  /// Refuses a partition that ends behind the table's last usable sector, and one whose end was patched to lie before its
  /// start.
  func requireRoom() throws(QualcommPlanError) {
    for partition in table.table.partitions {
      let entry = partition.entry
      let patched = change(of: entryOffset(partition) + 40)
      let isTooLong = entry.sectorCount > 0 && entry.lastLBA > table.table.lastUsableLBA
      guard isTooLong || patched != nil && entry.sectorCount == 0 else { continue }
      guard let blamed = patched ?? change(of: headerOffset + 48) ?? changes.last else { return }
      throw .diskTooSmall(
        partition: entry.name, first: entry.firstLBA, lastUsable: table.table.lastUsableLBA, at: blamed.place)
    }
  }

  private func change(of offset: UInt64) -> Change? { changes.last { $0.bytes.contains(offset) } }

  private var unit: UInt64 { UInt64(table.sectorByteCount) }

  /// The copy that counts: the main one where the file has it.
  private var headerOffset: UInt64 {
    table.kind == .backup ? UInt64(file.bytes.count) / unit * unit - unit : unit
  }

  private func entryOffset(_ partition: GPTTable.Partition) -> UInt64 {
    let array =
      table.kind == .backup
      ? headerOffset - table.table.arraySectorCount * unit : table.table.primaryArrayLBA * unit
    return array + UInt64(partition.index * table.table.entryByteCount)
  }
}
