import FlashCore
public import FlashImages

/// The two sets of partitions of Android devices. Source: `docs/protocols/firehose.md` 10.
extension QualcommTarget {
  /// The slots as the partition tables of all physical partitions say.
  public func slots() async throws -> GPTSlots {
    try requireStorage(.slots)
    return GPTSlots(try await programmer.allDisks().compactMap(\.table))
  }

  /// Makes a slot the one that boots: writes both copies of each table that changes, the backup first, then chooses the
  /// LUN that the ROM starts from where the storage is UFS with a boot loader in two slots.
  ///
  /// Throws `GPTEditError` where nothing is slotted, `FirehoseError`, `StorageError`.
  public func activate(
    _ slot: GPTSlots.Slot, style: GPTSlots.Style = .system, assumingA: Bool = false
  ) async throws {
    try requireStorage(.slots)
    let disks = try await programmer.allDisks().filter { $0.table != nil }
    var slots = GPTSlots(disks.compactMap(\.table))
    let changed = try slots.activate(slot, style: style, assumingA: assumingA)
    // All tables are laid out before the first is written.
    var writes: [(disk: QualcommDisk, writes: [GPTWrite])] = []
    for index in changed {
      guard let sectors = disks[index].section.sectorCount else {
        throw StorageError.sizeUnknown(PlanExtent(section: disks[index].section.name))
      }
      writes.append((disks[index], try slots.tables[index].layout(sectorCount: sectors)))
    }
    for (disk, list) in writes {
      for write in list {
        let start = write.lba * disk.section.sectorByteCount
        let range = StorageRange(section: disk.section.name, bytes: start..<start + UInt64(write.bytes.count))
        try await self.write(try RandomAccessImageSource(MemoryBytes(write.bytes)), to: range) { _ in }
      }
    }
    await programmer.forgetTables()
    let isUFS = try await programmer.driver().limits.memory == .ufs
    let hasBootPair = slots.pairs.contains { ["xbl", "sbl1"].contains($0.name) }
    if isUFS, hasBootPair { try await makeBootable(section: slot == .a ? "1" : "2") }
  }
}
