/// Makes a partition table from a list of partitions: for simulated storage, and for tests.
///
/// ```swift
/// let table = try GPTBuilder(sectorByteCount: 4096, sectorCount: 1 << 20, name: "sdm845-ufs lun0").table(of: [
///   .init(name: "boot_a", sectorCount: 16384),
///   .init(name: "userdata"),
/// ])
/// ```
///
/// GUIDs are derived from names, so that the same list gives the same bytes every time.
public struct GPTBuilder: Equatable, Sendable {
  /// A partition to be made.
  public struct Partition: Equatable, Sendable {
    public var name: String
    public var type: GUID
    /// `nil` for one derived from the disk's and the partition's name.
    public var uniqueGUID: GUID?
    /// `nil` for the next free sector, aligned.
    public var firstLBA: UInt64?
    /// `nil` for all that is left.
    public var sectorCount: UInt64?
    public var attributes: GPTAttributes

    public init(
      name: String, type: GUID = .linuxData, uniqueGUID: GUID? = nil, firstLBA: UInt64? = nil,
      sectorCount: UInt64? = nil, attributes: GPTAttributes = GPTAttributes(rawValue: 0)
    ) {
      self.name = name
      self.type = type
      self.uniqueGUID = uniqueGUID
      self.firstLBA = firstLBA
      self.sectorCount = sectorCount
      self.attributes = attributes
    }
  }

  public var sectorByteCount: Int
  public var sectorCount: UInt64
  /// What GUIDs are derived from.
  public var name: String
  /// `nil` for one derived from `name`.
  public var diskGUID: GUID?
  public var entryCount: Int
  /// Partitions without a first sector begin at a multiple of this many sectors.
  public var alignment: UInt64

  public init(
    sectorByteCount: Int, sectorCount: UInt64, name: String, diskGUID: GUID? = nil, entryCount: Int = 128,
    alignment: UInt64 = 1
  ) {
    self.sectorByteCount = sectorByteCount
    self.sectorCount = sectorCount
    self.name = name
    self.diskGUID = diskGUID
    self.entryCount = min(max(0, entryCount), Int(GPTHeader.maximumEntryCount))
    self.alignment = max(1, alignment)
  }

  /// The table; throws when the partitions do not fit, overlap, or have impossible names.
  public func table(of partitions: [Partition]) throws(GPTEditError) -> GPTTable {
    guard partitions.count <= entryCount else {
      throw .tooManyPartitions(partitions.count, limit: entryCount)
    }
    var table = GPTTable(
      sectorByteCount: max(512, sectorByteCount), diskGUID: diskGUID ?? GUID(derivedFrom: name), firstUsableLBA: 0,
      lastUsableLBA: 0, entries: [GPTEntry](repeating: GPTEntry(), count: entryCount))
    table.firstUsableLBA = 2 + table.arraySectorCount
    table.lastUsableLBA = try table.lastUsable(of: sectorCount)
    var next = table.firstUsableLBA
    for (index, partition) in partitions.enumerated() {
      let entry = try entry(for: partition, from: next, table)
      table.entries[index] = entry
      next = max(next, entry.lastLBA + 1)
    }
    try requireDisjoint(table)
    return table
  }

  /// Writes the table, with its protective MBR, to a storage file of `sectorCount` sectors.
  public func writes(of partitions: [Partition]) throws(GPTEditError) -> [GPTWrite] {
    try table(of: partitions).layout(
      sectorCount: sectorCount, protectiveMBR: MBR.protective(sectorCount: sectorCount))
  }

  private func entry(
    for partition: Partition, from next: UInt64, _ table: GPTTable
  ) throws(GPTEditError) -> GPTEntry {
    let aligned = next.isMultiple(of: alignment) ? next : (next / alignment + 1) * alignment
    let first = partition.firstLBA ?? aligned
    guard first >= table.firstUsableLBA, first <= table.lastUsableLBA else {
      throw .badRange(name: partition.name, first: first, last: first)
    }
    let room = table.lastUsableLBA - first + 1
    let count = partition.sectorCount ?? room
    guard count <= room, count > 0 else {
      throw .badRange(name: partition.name, first: first, last: first &+ count &- 1)
    }
    var entry = GPTEntry()
    entry.type = partition.type
    entry.uniqueGUID = partition.uniqueGUID ?? GUID(derivedFrom: name + "/" + partition.name)
    entry.firstLBA = first
    entry.lastLBA = first + count - 1
    entry.attributes = partition.attributes
    try entry.rename(partition.name)
    return entry
  }

  private func requireDisjoint(_ table: GPTTable) throws(GPTEditError) {
    let sorted = table.partitions.sorted { $0.entry.firstLBA < $1.entry.firstLBA }
    for (one, other) in zip(sorted, sorted.dropFirst()) where other.entry.firstLBA <= one.entry.lastLBA {
      throw .partitionsOverlap(one.entry.name, other.entry.name)
    }
  }
}
