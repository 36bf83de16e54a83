public import WireFormat

/// `patch`: one to eight bytes of storage are replaced by the value of an expression, little-endian.
///
/// Only patches whose file name is `DISK` are for devices. Source: `docs/protocols/firehose.md` 4.6.
public struct FirehosePatch: FirehoseElement {
  public static let elementName = "patch"
  /// The file name that stands for the device's storage.
  public static let disk = "DISK"

  public var sectorByteCount: UInt32
  /// Bytes from the start of the sector.
  public var byteOffset: UInt64
  public var fileName: String
  public var physicalPartition: UInt32
  public var byteCount: UInt32
  /// A number or an expression, as is `value`.
  public var startSector: String
  public var value: String
  public var slot: UInt32?

  public init(
    sectorByteCount: UInt32, byteOffset: UInt64, fileName: String = FirehosePatch.disk, physicalPartition: UInt32,
    byteCount: UInt32, startSector: String, value: String, slot: UInt32? = nil
  ) {
    self.sectorByteCount = sectorByteCount
    self.byteOffset = byteOffset
    self.fileName = fileName
    self.physicalPartition = physicalPartition
    self.byteCount = byteCount
    self.startSector = startSector
    self.value = value
    self.slot = slot
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    sectorByteCount = try element.requiredNumber("SECTOR_SIZE_IN_BYTES")
    byteOffset = try element.requiredNumber("byte_offset")
    fileName = element["filename"] ?? Self.disk
    physicalPartition = try element.number("physical_partition_number") ?? 0
    byteCount = try element.requiredNumber("size_in_bytes")
    startSector = try element.required("start_sector")
    value = try element.required("value")
    slot = try element.number("slot")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("SECTOR_SIZE_IN_BYTES", sectorByteCount)
    attributes.add("byte_offset", byteOffset)
    attributes.add("filename", fileName)
    attributes.add("physical_partition_number", physicalPartition)
    attributes.add("size_in_bytes", byteCount)
    attributes.add("start_sector", startSector)
    attributes.add("value", value)
    attributes.add("slot", slot)
    return attributes.list
  }
}
