/// The partition table that a layout asks for on a device of a certain size, and how the device's own one differs.
///
/// Source: `docs/protocols/mtk-scatter.md` 6.1 and 7.3.
public struct ScatterTable: Equatable, Sendable {
  /// A difference between the table that a layout asks for and the device's.
  public enum Difference: Equatable, Sendable {
    /// The device has no partition of that name.
    case missing(String)
    /// The layout has no entry of that name.
    case extra(String)
    case moved(String, from: UInt64, to: UInt64)
    case resized(String, from: UInt64, to: UInt64)

    /// The partition that it is about.
    public var name: String {
      switch self {
      case .missing(let name), .extra(let name), .moved(let name, _, _), .resized(let name, _, _): name
      }
    }
  }

  /// In the layout's order.
  public let partitions: [ScatterDevice.Partition]
  /// The one that takes the rest: its size is never compared.
  public let growing: String?

  /// All entries of the user section but the tables themselves. `nil` where a place is not known, or lies outside.
  public init?(_ map: ScatterMap, userByteCount: UInt64) {
    var partitions: [ScatterDevice.Partition] = []
    var growing: String?
    for placement in map.placements {
      let partition = placement.partition
      guard placement.sections == [map.layout.storage?.userSection], !partition.isTable, partition.role == .partition
      else { continue }
      guard let range = placement.range(inSectionOf: userByteCount) else { return nil }
      guard !range.isEmpty else { continue }
      partitions.append(
        ScatterDevice.Partition(
          name: partition.name, start: range.lowerBound, byteCount: range.upperBound - range.lowerBound))
      if placement.takesRest { growing = partition.name }
    }
    self.partitions = partitions
    self.growing = growing
  }

  /// What differs from a device's table, in the layout's order, what the device has beyond it last.
  public func differences(from device: [ScatterDevice.Partition]) -> [Difference] {
    var differences: [Difference] = []
    var seen: Set<String> = []
    for partition in partitions {
      guard let own = Self.find(partition.name, in: device) else {
        differences.append(.missing(partition.name))
        continue
      }
      seen.insert(own.name)
      if own.start != partition.start {
        differences.append(.moved(partition.name, from: own.start, to: partition.start))
      } else if own.byteCount != partition.byteCount, partition.name != growing {
        differences.append(.resized(partition.name, from: own.byteCount, to: partition.byteCount))
      }
    }
    return differences + device.filter { !seen.contains($0.name) }.map { .extra($0.name) }
  }

  private static func find(_ name: String, in device: [ScatterDevice.Partition]) -> ScatterDevice.Partition? {
    device.first { $0.name == name } ?? device.first { $0.name.lowercased() == name.lowercased() }
  }

  /// The table as it is written. GUIDs and attributes of partitions that `old` has are kept; others are new.
  ///
  /// Throws when an entry is not aligned to sectors, lies in the table, or has an impossible name.
  public func gpt(
    sectorByteCount: Int, userByteCount: UInt64, keeping old: GPTTable? = nil, newGUID: () -> GUID = GUID.random
  ) throws(GPTEditError) -> GPTTable {
    let unit = UInt64(max(512, sectorByteCount))
    let count = max(128, old?.entries.count ?? 0)
    guard partitions.count <= count else { throw .tooManyPartitions(partitions.count, limit: count) }
    var table = GPTTable(
      sectorByteCount: Int(unit), diskGUID: old?.diskGUID ?? newGUID(), firstUsableLBA: 0, lastUsableLBA: 0,
      entries: [GPTEntry](repeating: GPTEntry(), count: count))
    table.firstUsableLBA = 2 + table.arraySectorCount
    table.lastUsableLBA = try table.lastUsable(of: userByteCount / unit)
    for (index, partition) in partitions.enumerated() {
      let (first, last) = (partition.start / unit, partition.range.upperBound / unit &- 1)
      guard partition.start.isMultiple(of: unit), partition.byteCount.isMultiple(of: unit),
        first >= table.firstUsableLBA, last <= table.lastUsableLBA, first <= last
      else { throw .badRange(name: partition.name, first: first, last: last) }
      let known = old?.partition(named: partition.name)?.entry
      var entry = GPTEntry()
      entry.type = .basicData
      entry.uniqueGUID = known?.uniqueGUID ?? newGUID()
      entry.firstLBA = first
      entry.lastLBA = last
      if let known { entry.attributes = known.attributes }
      try entry.rename(partition.name)
      table.entries[index] = entry
    }
    return table
  }
}
