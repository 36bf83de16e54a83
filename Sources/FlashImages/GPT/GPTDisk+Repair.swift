extension GPTDisk {
  /// What sector 0 should hold on a disk of this size: a fresh record where there is none, the present one with the
  /// right number of sectors where it is protective, and `nil` where it has partitions of its own or needs no change.
  public var protectiveMBR: [UInt8]? {
    guard let mbr else { return MBR.protective(sectorCount: sectorCount) }
    guard !mbr.isHybrid, let index = mbr.entries.firstIndex(where: \.isProtective) else { return nil }
    let fresh = MBR.protective(sectorCount: sectorCount)
    let field = 446 + 16 * index + 12
    guard bootSector.count == fresh.count, mbr.entries[index].sectorCount != .max,
      bootSector[field..<field + 4] != fresh[458..<462]
    else { return nil }
    var patched = bootSector
    patched.replaceSubrange(field..<field + 4, with: fresh[458..<462])
    return patched
  }

  /// What to write so that both copies are valid, say the same, and lie where they belong: the primary's word counts
  /// if it is valid, else the backup's.
  ///
  /// The protective MBR is written only where there is none. Empty when nothing is wrong. Throws when partitions do
  /// not fit the disk. Source: `docs/protocols/android-images.md` 5.9.
  public func repairs() throws(GPTEditError) -> [GPTWrite] {
    var table = table
    let end = try table.lastUsable(of: sectorCount)
    if table.lastUsableLBA == 0 || table.lastUsableLBA > end { table.lastUsableLBA = end }
    let writes = try table.layout(
      sectorCount: sectorCount, protectiveMBR: protectiveMBR)
    let isWhole =
      primary.table?.isVerified == true && backup.table != nil && backupLBA == sectorCount - 1 && protectiveMBR == nil
      && primary.table?.header.alternateLBA == sectorCount - 1
    guard isWhole, let one = primary.table, let other = backup.table,
      GPTExamination.firstDifference(one, other) == nil, table == self.table, !one.checksumCoversSectors,
      !other.checksumCoversSectors
    else { return writes }
    return []
  }
}
