/// Compares the copies of a table with each other, with the disk, and with what partitions should look like.
struct GPTExamination {
  let primary: GPTDisk.Copy
  let backup: GPTDisk.Copy
  let backupLBA: UInt64
  let mbr: MBR?
  let sectorCount: UInt64
  let table: GPTTable

  var findings: [GPTFinding] {
    var findings = aboutCopies
    if mbr?.isHybrid == true { findings.append(.hybridMBR) }
    if mbr?.isProtective != true { findings.append(.noProtectiveMBR) }
    return findings + aboutRanges + aboutOverlaps + aboutNames
  }

  private var aboutCopies: [GPTFinding] {
    var findings: [GPTFinding] = []
    if let copy = primary.table, !copy.isVerified { findings.append(.unverified) }
    if let defect = primary.defect { findings.append(.primaryDamaged(defect)) }
    if let header = primary.table?.header, header.isUnpatched {
      findings.append(.unpatched)
    } else if let header = primary.table?.header, header.alternateLBA != sectorCount - 1 {
      findings.append(.alternateElsewhere(lba: header.alternateLBA, expected: sectorCount - 1))
    }
    if let defect = backup.defect {
      findings.append(.backupDamaged(defect))
    } else if backupLBA != sectorCount - 1 {
      findings.append(.backupElsewhere(lba: backupLBA, expected: sectorCount - 1))
    }
    if let one = primary.table, let other = backup.table, let field = Self.firstDifference(one, other) {
      findings.append(.copiesDiffer(field))
    }
    if primary.table?.checksumCoversSectors == true || backup.table?.checksumCoversSectors == true {
      findings.append(.checksumOverSectors)
    }
    return findings
  }

  /// The first field that two copies of a table do not agree on.
  static func firstDifference(_ one: GPTCopy, _ other: GPTCopy) -> String? {
    if one.header.diskGUID != other.header.diskGUID { return "disk GUID" }
    if one.header.firstUsableLBA != other.header.firstUsableLBA { return "first usable LBA" }
    if one.header.lastUsableLBA != other.header.lastUsableLBA { return "last usable LBA" }
    if one.entries.count != other.entries.count { return "number of entries" }
    if one.header.entryByteCount != other.header.entryByteCount { return "size of entries" }
    if let index = zip(one.entries, other.entries).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
      let name = one.entries[index].isUsed ? one.entries[index].name : other.entries[index].name
      return "entry \(index)" + (name.isEmpty ? "" : " (\(name))")
    }
    return nil
  }

  private var aboutRanges: [GPTFinding] {
    table.partitions.compactMap { partition in
      let (first, last) = (partition.entry.firstLBA, partition.entry.lastLBA)
      let name = partition.entry.name
      if partition.entry.isBackwards { return .invalidRange(name: name, first: first, last: last) }
      if first > last { return .emptyPartition(name) }
      if last >= sectorCount { return .invalidRange(name: name, first: first, last: last) }
      if first < table.firstUsableLBA || last > table.lastUsableLBA && table.lastUsableLBA > 0 {
        return .outsideUsable(name: name, first: first, last: last)
      }
      return nil
    }
  }

  private var aboutOverlaps: [GPTFinding] {
    let sorted = table.partitions.filter { $0.entry.sectorCount > 0 }.sorted { $0.entry.firstLBA < $1.entry.firstLBA }
    var findings: [GPTFinding] = []
    var reaching: GPTTable.Partition?
    for partition in sorted {
      if let before = reaching, partition.entry.firstLBA <= before.entry.lastLBA {
        findings.append(.overlap(before.entry.name, partition.entry.name))
      }
      if partition.entry.lastLBA >= reaching?.entry.lastLBA ?? 0 { reaching = partition }
    }
    return findings
  }

  private var aboutNames: [GPTFinding] {
    var seen: Set<String> = []
    var doubled: [String] = []
    for partition in table.partitions where !seen.insert(partition.entry.name).inserted {
      if !doubled.contains(partition.entry.name) { doubled.append(partition.entry.name) }
    }
    return doubled.map { .duplicateName($0) }
  }
}
