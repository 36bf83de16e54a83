/// Where an element of a program or patch file works, in the numbers and words of the file.
///
/// Source: `docs/protocols/qualcomm-packages.md` 3.1.
public struct StorageArea: Equatable, Sendable {
  /// `physical_partition_number`: the LUN of UFS, the hardware partition of eMMC, else 0.
  public var partition: UInt32
  /// Index of the storage device where there are several; `nil` where the file does not say.
  public var slot: UInt32?
  /// `nil` means the device's own.
  public var sectorByteCount: UInt64?
  public var start: DiskExpression
  /// Sectors; 0 for "as many as the file has".
  public var sectorCount: DiskExpression
  /// NAND: pages of an erase block.
  public var pagesPerBlock: UInt32?
  /// NAND: the last sector that skipping bad blocks may lead to.
  public var lastSector: DiskExpression?

  public init(
    partition: UInt32, slot: UInt32? = nil, sectorByteCount: UInt64?, start: DiskExpression,
    sectorCount: DiskExpression = DiskExpression(0), pagesPerBlock: UInt32? = nil, lastSector: DiskExpression? = nil
  ) {
    self.partition = partition
    self.slot = slot
    self.sectorByteCount = sectorByteCount
    self.start = start
    self.sectorCount = sectorCount
    self.pagesPerBlock = pagesPerBlock
    self.lastSector = lastSector
  }

  /// Numbers of `physical_partition_number` and `slot` that mean something.
  static let partitions: ClosedRange<UInt64> = 0...255
}

extension StorageArea {
  /// The attributes that all elements share. `hasStart: false` for elements that work on a whole drive.
  init(_ reader: DescriptorReader, hasStart: Bool = true) throws(PackageError) {
    partition = UInt32(try reader.number("physical_partition_number", in: Self.partitions) ?? 0)
    slot = try reader.number("slot", in: Self.partitions).map { UInt32($0) }
    sectorByteCount = try Self.sectorSize(reader)
    start = hasStart ? try reader.requiredExpression("start_sector") : DiskExpression(0)
    sectorCount = try reader.count("num_partition_sectors", "num_sectors") ?? DiskExpression(0)
    pagesPerBlock = try reader.number("PAGES_PER_BLOCK", in: 1...65536).map { UInt32($0) }
    lastSector = try reader.expression("last_sector")
  }

  private static func sectorSize(_ reader: DescriptorReader) throws(PackageError) -> UInt64? {
    guard let size = try reader.number("SECTOR_SIZE_IN_BYTES", in: 0...UInt64.max) else { return nil }
    guard (256...65536).contains(size), size.nonzeroBitCount == 1 else { throw reader.error(.badSectorSize(size)) }
    return size
  }
}
