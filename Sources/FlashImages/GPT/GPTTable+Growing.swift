extension GPTTable {
  /// What `grow` did.
  public struct Growth: Equatable, Sendable {
    /// The last usable sector before and after.
    public let lastUsable: (before: UInt64, after: UInt64)
    /// The partition that got longer, with its last sector before and after.
    public let grown: (name: String, before: UInt64, after: UInt64)?

    public static func == (one: Growth, other: Growth) -> Bool {
      one.lastUsable == other.lastUsable && one.grown?.name == other.grown?.name
        && one.grown?.before == other.grown?.before && one.grown?.after == other.grown?.after
    }
  }

  /// Fits the table to a disk of `sectorCount` sectors.
  ///
  /// The partition that begins last is made longer if it reached the old last usable sector or has no sectors yet;
  /// `force` makes it longer in any case. Its content is not touched. A disk too small for a partition is an error that
  /// names it. Source: `docs/protocols/android-images.md` 5.9.
  public mutating func grow(to sectorCount: UInt64, force: Bool = false) throws(GPTEditError) -> Growth {
    let end = try lastUsable(of: sectorCount)
    let before = lastUsableLBA
    let last = partitions.max { $0.entry.firstLBA < $1.entry.firstLBA }
    var grown: (name: String, before: UInt64, after: UInt64)?
    if let last, last.entry.firstLBA <= end, !last.entry.isBackwards,
      force || last.entry.lastLBA == before || last.entry.sectorCount == 0
    {
      let isShrunk = last.entry.sectorCount > 0 && last.entry.lastLBA > end
      if !isShrunk, last.entry.lastLBA != end {
        grown = (last.entry.name, last.entry.lastLBA, end)
        entries[last.index].lastLBA = end
      }
    }
    let beyond = partitions(reachingBeyond: end)
    guard beyond.isEmpty else { throw .partitionsDoNotFit(beyond.map(\.entry.name), lastUsable: end) }
    lastUsableLBA = end
    return Growth(lastUsable: (before, end), grown: grown)
  }
}
