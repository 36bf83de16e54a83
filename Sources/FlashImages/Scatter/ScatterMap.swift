/// Where the entries of a layout lie: placeholders, nominal sizes and missing sizes resolved, as far as that goes
/// without a device.
///
/// Source: `docs/protocols/mtk-scatter.md` 4.3 to 4.5.
public struct ScatterMap: Equatable, Sendable {
  /// A placeholder that disagrees with the sizes; the sizes count.
  public struct Disagreement: Equatable, Sendable {
    public var index: Int
    /// In blocks, as the file says it.
    public var stated: UInt64
    /// In blocks, as the sizes say it.
    public var computed: UInt64

    public init(index: Int, stated: UInt64, computed: UInt64) {
      self.index = index
      self.stated = stated
      self.computed = computed
    }
  }

  public let layout: ScatterLayout
  /// One for each entry of the layout, in its order.
  public let placements: [ScatterPlacement]
  public let disagreements: [Disagreement]

  /// Bytes that the backup of a partition table takes at the section's end: 33 sectors of 512, or 5 of 4096.
  public static func backupTableByteCount(sectorByteCount: UInt64) -> UInt64 {
    let sector = min(max(512, sectorByteCount), 1 << 16)
    return sector + (128 * 128 + sector - 1) / sector * sector
  }

  /// `sectorByteCount` is the device's; the storage's usual one where it is `nil`.
  public init(_ layout: ScatterLayout, sectorByteCount: UInt64? = nil) {
    self.layout = layout
    var placements = layout.partitions.enumerated().map { index, partition in
      ScatterPlacement(
        partition: partition, index: index,
        sections: partition.region.sections(on: layout.storage, role: partition.role) ?? [],
        start: partition.isPlaceholder ? .unknown : .fromStart(partition.physicalStart),
        size: .bytes(partition.byteCount), takesRest: false)
    }
    var disagreements: [Disagreement] = []
    let groups = Dictionary(grouping: placements.indices) { placements[$0].sections }
    for (sections, indices) in groups.sorted(by: { ($0.value.first ?? 0) < ($1.value.first ?? 0) }) {
      disagreements += Self.resolvePlaceholders(indices, in: &placements, blockByteCount: layout.blockByteCount)
      let isUser = sections == [] || sections == [layout.storage?.userSection]
      let sector = sectorByteCount ?? layout.storage?.usualSectorByteCount ?? 512
      let tail = layout.storage?.hasPartitionTable == true ? Self.backupTableByteCount(sectorByteCount: sector) : 0
      Self.resolveSizes(indices, in: &placements, isUser: isUser, tail: tail)
    }
    self.placements = placements
    self.disagreements = disagreements
  }

  public func placement(named name: String) -> ScatterPlacement? {
    placements.first { $0.partition.name == name }
      ?? placements.first { $0.partition.name.lowercased() == name.lowercased() }
  }

  /// Walks the placeholders from the last to the first and adds their sizes up: exact, whatever the blocks say.
  private static func resolvePlaceholders(
    _ indices: [Int], in placements: inout [ScatterPlacement], blockByteCount: UInt64
  ) -> [Disagreement] {
    var disagreements: [Disagreement] = []
    var distance: UInt64 = 0
    for index in indices.reversed() where placements[index].partition.isPlaceholder {
      let partition = placements[index].partition
      distance = distance.addingClamped(partition.byteCount)
      guard partition.byteCount > 0 else {
        placements[index].size = .unknown
        continue
      }
      placements[index].start = .fromEnd(distance)
      let computed = distance / max(1, blockByteCount) & 0xFFFF
      if computed != partition.placeholderBlocks {
        disagreements.append(
          Disagreement(index: index, stated: partition.placeholderBlocks, computed: computed))
      }
    }
    return disagreements.reversed()
  }

  private static func resolveSizes(
    _ indices: [Int], in placements: inout [ScatterPlacement], isUser: Bool, tail: UInt64
  ) {
    let last = isUser ? lastEntry(indices, placements) : nil
    for index in indices {
      let placement = placements[index]
      guard case .fromStart(let start) = placement.start else { continue }
      if index == last {
        placements[index].takesRest = true
        placements[index].size = rest(from: start, indices, placements, tail: tail)
      } else if placement.partition.byteCount == 0, !isAbsentArea(placement.partition) {
        placements[index].size = missingSize(of: placement, indices, placements)
      }
    }
  }

  /// The last entry in the order of addresses that is neither reserved nor a table.
  private static func lastEntry(_ indices: [Int], _ placements: [ScatterPlacement]) -> Int? {
    var last: (index: Int, start: UInt64)?
    for index in indices {
      let partition = placements[index].partition
      guard case .fromStart(let start) = placements[index].start, !isReserved(partition), !partition.isTable,
        !isAbsentArea(partition), partition.role == .partition
      else { continue }
      if last.map({ start >= $0.start }) ?? true { last = (index, start) }
    }
    return last?.index
  }

  private static func isReserved(_ partition: ScatterPartition) -> Bool {
    partition.isReserved || partition.operation.kind == .reserved
  }

  /// `FAT` of size 0 stands for an area that the device does not have.
  private static func isAbsentArea(_ partition: ScatterPartition) -> Bool {
    partition.name.uppercased() == "FAT" && partition.byteCount == 0 && !partition.isDownload
  }

  /// Up to the first reserved entry, else up to the backup of the table.
  private static func rest(
    from start: UInt64, _ indices: [Int], _ placements: [ScatterPlacement], tail: UInt64
  ) -> ScatterPlacement.Size {
    var distance: UInt64?
    var next: UInt64?
    var isUnknown = false
    for index in indices {
      switch placements[index].start {
      case .fromEnd(let other): distance = max(distance ?? 0, other)
      case .fromStart(let other) where isReserved(placements[index].partition) && other > start:
        next = min(next ?? .max, other)
      case .unknown where placements[index].partition.byteCount == 0: isUnknown = true
      case .fromStart, .unknown: break
      }
    }
    if let next { return .bytes(next - start) }
    if let distance { return .upToEnd(minus: distance) }
    return isUnknown ? .unknown : .upToEnd(minus: tail)
  }

  /// Of an entry that states none: a boot loader has its section, others the room up to the next entry.
  private static func missingSize(
    of placement: ScatterPlacement, _ indices: [Int], _ placements: [ScatterPlacement]
  ) -> ScatterPlacement.Size {
    if placement.partition.role != .partition { return .upToEnd(minus: 0) }
    guard case .fromStart(let start) = placement.start else { return .unknown }
    let next = indices.compactMap { index -> UInt64? in
      guard case .fromStart(let other) = placements[index].start, other > start else { return nil }
      return other
    }.min()
    return next.map { .bytes($0 - start) } ?? .unknown
  }
}
