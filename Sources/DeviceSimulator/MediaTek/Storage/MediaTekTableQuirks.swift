import FlashImages

/// Partition tables that differ from what packages for the device say; they count when the storage is made.
///
/// Source: `docs/protocols/mtk-scatter.md` 11.
struct MediaTekTableQuirks: Sendable {
  var hasMovedEntry = false
  var hasSmallerEntry = false
  var hasNoBackup = false
  var hasFewEntries = false

  static let bindings: [QuirkBinding<MediaTekTableQuirks>] = [
    .init("table-moved", \.hasMovedEntry, "is made with logo at the end of userdata, not where packages have it"),
    .init("table-smaller", \.hasSmallerEntry, "is made with a boot partition of half its size"),
    .init("no-backup-table", \.hasNoBackup, "is made without a backup partition table"),
    .init("table-32", \.hasFewEntries, "is made with a partition table of 32 entries, not 128"),
  ]

  var entryCount: Int { hasFewEntries ? 32 : 128 }

  /// The partitions that there is room for: inactive slots go first.
  func kept(_ partitions: [EDLLayout.Partition]) -> [EDLLayout.Partition] {
    var kept = partitions
    while kept.count > entryCount {
      kept.remove(at: kept.lastIndex { $0.name.hasSuffix("_b") } ?? kept.count - 1)
    }
    return kept
  }

  /// Changes the table as it would be otherwise.
  func apply(to table: inout GPTTable) {
    if hasMovedEntry { moveLogo(in: &table) }
    guard hasSmallerEntry,
      let boot = table.entries.firstIndex(where: { $0.isUsed && $0.name.hasPrefix("boot") && $0.name != "boot_para" })
    else { return }
    let count = table.entries[boot].lastLBA - table.entries[boot].firstLBA + 1
    table.entries[boot].lastLBA -= count / 2
  }

  /// To the end of `userdata`, which gets smaller by that; a hole stays behind.
  private func moveLogo(in table: inout GPTTable) {
    guard let logo = table.entries.firstIndex(where: { $0.isUsed && $0.name == "logo" }),
      let data = table.entries.firstIndex(where: { $0.isUsed && $0.name == "userdata" })
    else { return }
    let count = table.entries[logo].lastLBA - table.entries[logo].firstLBA + 1
    let end = table.entries[data].lastLBA
    guard end - table.entries[data].firstLBA >= count else { return }
    table.entries[data].lastLBA = end - count
    table.entries[logo].firstLBA = end - count + 1
    table.entries[logo].lastLBA = end
  }

  func keeps(_ write: GPTWrite) -> Bool {
    !hasNoBackup || write.part != .backupArray && write.part != .backupHeader
  }
}
