/// Where the partition tables of a section lie, and what lies between them.
struct BackupLayout {
  let section: BackupPackage.Section
  /// Sectors at the start and at the end that tables take.
  let primarySectorCount: UInt64
  let backupSectorCount: UInt64

  init(_ section: BackupPackage.Section) {
    self.section = section
    guard let table = section.table else {
      (primarySectorCount, backupSectorCount) = (0, 0)
      return
    }
    // The first usable sector is no measure: some tables name their first partition there.
    var primary = min(table.primaryArrayLBA, section.sectorCount) + table.arraySectorCount
    if table.firstUsableLBA <= (section.sectorByteCount == 512 ? 34 : 6) {
      primary = max(primary, table.firstUsableLBA)
    }
    primarySectorCount = min(primary, section.sectorCount)
    backupSectorCount = min(table.arraySectorCount + 1, section.sectorCount)
  }

  private var whole: BackupPackage.WholeNames { BackupPackage.WholeNames(section) }

  func pieces(skipping skipped: Set<String>, names: inout BackupNames) -> [BackupPackage.Piece] {
    if let flash = section.flash, !flash.partitions.isEmpty { return pieces(of: flash, skipping: skipped, &names) }
    guard let table = section.table else {
      return [
        piece(
          .section, label: section.name ?? "section\(section.number)", whole.section + ".bin", 0, section.sectorCount)
      ]
    }
    var pieces: [BackupPackage.Piece] = []
    for partition in table.partitions {
      let entry = partition.entry
      let label = entry.name
      let isInside = entry.sectorCount > 0 && entry.lastLBA < section.sectorCount
      let isLeftOut = !isInside || skipped.contains(label)
      pieces.append(
        piece(
          .partition, label: label,
          isLeftOut ? "" : names.take(label: label, index: partition.index, section: section.number),
          entry.firstLBA, isInside ? entry.sectorCount : 0))
    }
    let backupStart = section.sectorCount - backupSectorCount
    pieces.append(piece(.primaryTable, label: "PrimaryGPT", whole.primaryTable + ".bin", 0, primarySectorCount))
    pieces.append(piece(.backupTable, label: "BackupGPT", whole.backupTable + ".bin", backupStart, backupSectorCount))
    return pieces
  }

  /// Partitions of raw flash; what a boot ROM starts goes last, so that an interrupted run ends where it began: in
  /// emergency download mode.
  private func pieces(
    of flash: BackupPackage.RawFlash, skipping skipped: Set<String>, _ names: inout BackupNames
  ) -> [BackupPackage.Piece] {
    var pieces: [BackupPackage.Piece] = []
    var bootPieces: [BackupPackage.Piece] = []
    for (index, partition) in flash.partitions.enumerated() {
      let (end, overflows) = partition.firstSector.addingReportingOverflow(partition.sectorCount)
      let isInside = partition.sectorCount > 0 && !overflows && end <= section.sectorCount
      let isLeftOut = !isInside || skipped.contains(partition.label)
      let name =
        isLeftOut ? "" : names.take(label: partition.label, index: index, section: section.number)
      let piece = piece(
        .partition, label: partition.label, name, partition.firstSector, isInside ? partition.sectorCount : 0)
      let label = partition.label.lowercased()
      if label.hasPrefix("sbl") || label == "mibib" { bootPieces.append(piece) } else { pieces.append(piece) }
    }
    return pieces + bootPieces.reversed()
  }

  private func piece(
    _ kind: BackupPackage.Piece.Kind, label: String, _ fileName: String, _ start: UInt64, _ count: UInt64
  ) -> BackupPackage.Piece {
    BackupPackage.Piece(
      kind: kind, section: section.number, label: label, fileName: fileName, startSector: start, sectorCount: count,
      sectorByteCount: section.sectorByteCount, pagesPerBlock: section.flash?.pagesPerBlock)
  }

  /// The partition that ends where the table lets partitions end, and has its entry at that index.
  var growingIndex: Int? {
    guard let table = section.table else { return nil }
    let last = table.partitions.filter { $0.entry.sectorCount > 0 }.max { $0.entry.lastLBA < $1.entry.lastLBA }
    guard let last, last.entry.lastLBA == table.lastUsableLBA else { return nil }
    // A table of a disk that is too small for it has no entry to patch.
    let sector = UInt64(last.index * table.entryByteCount) / section.sectorByteCount
    return sector + 1 < backupSectorCount && sector + 2 < primarySectorCount ? last.index : nil
  }
}
