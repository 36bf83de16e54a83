import WireFormat

/// A partition table as it is edited: what both copies say alike. `layout` turns it into sectors of a disk.
public struct GPTTable: Equatable, Sendable {
  public let sectorByteCount: Int
  public var diskGUID: GUID
  public var firstUsableLBA: UInt64
  public var lastUsableLBA: UInt64
  /// All entries, unused ones included; a partition keeps its index.
  public var entries: [GPTEntry]
  public let entryByteCount: Int
  /// Where the primary array lies, 2 nearly always.
  public let primaryArrayLBA: UInt64
  public let revision: UInt32
  /// Header bytes that nobody knows, behind the 92nd.
  public let headerExtra: [UInt8]

  public init(
    sectorByteCount: Int, diskGUID: GUID, firstUsableLBA: UInt64, lastUsableLBA: UInt64, entries: [GPTEntry],
    entryByteCount: Int = GPTEntry.byteCount, primaryArrayLBA: UInt64 = 2
  ) {
    self.sectorByteCount = sectorByteCount
    self.diskGUID = diskGUID
    self.firstUsableLBA = firstUsableLBA
    self.lastUsableLBA = lastUsableLBA
    self.entries = entries
    self.entryByteCount = entryByteCount
    self.primaryArrayLBA = primaryArrayLBA
    revision = 0x0001_0000
    headerExtra = []
  }

  /// The table of a copy. A backup does not say where the primary array lies; 2 is what everybody writes.
  public init(_ copy: GPTCopy, sectorByteCount: Int) {
    self.sectorByteCount = sectorByteCount
    diskGUID = copy.header.diskGUID
    firstUsableLBA = copy.header.firstUsableLBA
    lastUsableLBA = copy.header.lastUsableLBA
    entries = copy.entries
    entryByteCount = Int(copy.header.entryByteCount)
    primaryArrayLBA = copy.header.myLBA == 1 && copy.header.arrayLBA >= 2 ? copy.header.arrayLBA : 2
    revision = copy.header.revision
    headerExtra = copy.header.extra
  }

  /// A partition and its place in the table.
  public struct Partition: Equatable, Sendable {
    public let index: Int
    public let entry: GPTEntry

    /// What people count: 1 for the first entry.
    public var number: Int { index + 1 }
  }

  /// All used entries, in the table's order.
  public var partitions: [Partition] {
    entries.enumerated().filter(\.element.isUsed).map { Partition(index: $0.offset, entry: $0.element) }
  }

  /// The partition of that name: exactly, else without regard to case; `NAME@NUMBER` chooses among several.
  public func partition(named text: String) -> Partition? {
    let exact = partitions.first { $0.entry.name == text }
    if let exact { return exact }
    if let mark = text.lastIndex(of: "@"), let number = Int(text[text.index(after: mark)...]) {
      return partitions.first { $0.number == number && $0.entry.name == text[..<mark] }
    }
    return partitions.first { $0.entry.name.lowercased() == text.lowercased() }
  }

  /// Partitions that reach behind `lba`.
  func partitions(reachingBeyond lba: UInt64) -> [Partition] {
    partitions.filter { $0.entry.firstLBA <= $0.entry.lastLBA && $0.entry.lastLBA > lba }
  }

  /// Sectors of one array.
  public var arraySectorCount: UInt64 {
    UInt64((entries.count * entryByteCount + sectorByteCount - 1) / sectorByteCount)
  }

  /// The entries as stored, filled up to whole sectors.
  var arrayBytes: [UInt8] {
    let bytes = entries.flatMap(\.bytes)
    return bytes + [UInt8](repeating: 0, count: Int(arraySectorCount) * sectorByteCount - bytes.count)
  }

  /// The last sector that partitions may use on a disk of `sectorCount` sectors.
  public func lastUsable(of sectorCount: UInt64) throws(GPTEditError) -> UInt64 {
    let needed = primaryArrayLBA + 2 * arraySectorCount + 2
    guard sectorCount >= needed else { throw .diskTooSmall(sectors: sectorCount, needed: needed) }
    return sectorCount - 2 - arraySectorCount
  }
}
