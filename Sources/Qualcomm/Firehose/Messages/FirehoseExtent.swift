import WireFormat

/// A run of sectors of one physical partition, as storage commands name it. Source: `docs/protocols/firehose.md` 4.
public struct FirehoseExtent: Equatable, Sendable {
  /// Bytes of a sector; has to be the device's own.
  public var sectorByteCount: UInt32
  /// A UFS LUN; on eMMC 0 is the user area, 1 and 2 the boot areas.
  public var physicalPartition: UInt32
  /// A decimal number, or an expression that the device evaluates (4.5).
  public var startSector: String
  public var sectorCount: UInt64
  /// Which storage device, where there are several.
  public var slot: UInt32?

  public init(
    sectorByteCount: UInt32, physicalPartition: UInt32, startSector: String, sectorCount: UInt64, slot: UInt32? = nil
  ) {
    self.sectorByteCount = sectorByteCount
    self.physicalPartition = physicalPartition
    self.startSector = startSector
    self.sectorCount = sectorCount
    self.slot = slot
  }

  public init(
    sectorByteCount: UInt32, physicalPartition: UInt32, startSector: UInt64, sectorCount: UInt64, slot: UInt32? = nil
  ) {
    self.init(
      sectorByteCount: sectorByteCount, physicalPartition: physicalPartition, startSector: "\(startSector)",
      sectorCount: sectorCount, slot: slot)
  }

  init(parsing element: XMLElement) throws(FirehoseMessageError) {
    sectorByteCount = try element.requiredNumber("SECTOR_SIZE_IN_BYTES")
    physicalPartition = try element.number("physical_partition_number") ?? 0
    startSector = try element.required("start_sector")
    sectorCount = try element.requiredNumber("num_partition_sectors")
    slot = try element.number("slot")
  }

  /// Bytes of all sectors; `nil` when that is no 64-bit number.
  public var byteCount: UInt64? {
    let (count, overflow) = sectorCount.multipliedReportingOverflow(by: UInt64(sectorByteCount))
    return overflow ? nil : count
  }

  /// In the order that `program`, `read` and `getsha256digest` share.
  func add(to attributes: inout FirehoseAttributes) {
    attributes.add("SECTOR_SIZE_IN_BYTES", sectorByteCount)
    attributes.add("num_partition_sectors", sectorCount)
    attributes.add("physical_partition_number", physicalPartition)
    attributes.add("start_sector", startSector)
    attributes.add("slot", slot)
  }
}
