public import WireFormat

/// `program`: raw data follows, which the device writes. Source: `docs/protocols/firehose.md` 4.1.
public struct FirehoseProgram: FirehoseElement {
  public static let elementName = "program"

  public var extent: FirehoseExtent
  /// Only for the device's log.
  public var fileName: String?
  public var pagesPerBlock: UInt32?
  /// NAND: the last sector that may be used.
  public var lastSector: String?
  public var readsBack: Bool?

  public init(
    _ extent: FirehoseExtent, fileName: String? = nil, pagesPerBlock: UInt32? = nil, lastSector: String? = nil
  ) {
    self.extent = extent
    self.fileName = fileName
    self.pagesPerBlock = pagesPerBlock
    self.lastSector = lastSector
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    extent = try FirehoseExtent(parsing: element)
    fileName = element["filename"]
    pagesPerBlock = try element.number("PAGES_PER_BLOCK")
    lastSector = element["last_sector"]
    readsBack = element.flag("read_back_verify")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    extent.add(to: &attributes)
    attributes.add("filename", fileName)
    attributes.add("PAGES_PER_BLOCK", pagesPerBlock)
    attributes.add("last_sector", lastSector)
    attributes.add("read_back_verify", flag: readsBack)
    return attributes.list
  }
}

/// `read`: the device sends raw data. Source: `docs/protocols/firehose.md` 4.2, and 10 for NAND.
public struct FirehoseRead: FirehoseElement {
  public static let elementName = "read"

  public var extent: FirehoseExtent
  public var skipsBadBlocks: Bool?
  public var includesSpare: Bool?
  public var disablesECC: Bool?

  public init(_ extent: FirehoseExtent) { self.extent = extent }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    extent = try FirehoseExtent(parsing: element)
    skipsBadBlocks = element.flag("skip_bad_block")
    includesSpare = element.flag("get_spare")
    disablesECC = element.flag("ecc_disabled")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    extent.add(to: &attributes)
    attributes.add("skip_bad_block", flag: skipsBadBlocks)
    attributes.add("get_spare", flag: includesSpare)
    attributes.add("ecc_disabled", flag: disablesECC)
    return attributes.list
  }
}

/// `erase`: a range, or a whole physical partition. Source: `docs/protocols/firehose.md` 4.3.
public struct FirehoseErase: FirehoseElement {
  public static let elementName = "erase"

  /// Absent in the old form.
  public var sectorByteCount: UInt32?
  public var physicalPartition: UInt32
  /// Both or neither.
  public var startSector: String?
  public var sectorCount: UInt64?
  public var slot: UInt32?
  public var pagesPerBlock: UInt32?
  /// `<erase StorageDrive="0"/>`: everything, as the oldest programmers take it.
  public var usesOldForm: Bool

  /// Erases a range.
  public init(_ extent: FirehoseExtent, pagesPerBlock: UInt32? = nil) {
    self.init(wholeOf: extent.physicalPartition, sectorByteCount: extent.sectorByteCount, slot: extent.slot)
    startSector = extent.startSector
    sectorCount = extent.sectorCount
    self.pagesPerBlock = pagesPerBlock
  }

  /// Erases a physical partition.
  public init(
    wholeOf physicalPartition: UInt32, sectorByteCount: UInt32?, slot: UInt32? = nil, usesOldForm: Bool = false
  ) {
    self.physicalPartition = physicalPartition
    self.sectorByteCount = sectorByteCount
    self.slot = slot
    self.usesOldForm = usesOldForm
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    let drive: UInt32? = try element.number("StorageDrive")
    usesOldForm = drive != nil
    sectorByteCount = try element.number("SECTOR_SIZE_IN_BYTES")
    let number: UInt32? = try element.number("physical_partition_number")
    physicalPartition = drive ?? number ?? 0
    sectorCount = try element.number("num_partition_sectors")
    startSector = element["start_sector"]
    slot = try element.number("slot")
    pagesPerBlock = try element.number("PAGES_PER_BLOCK")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    guard !usesOldForm else {
      attributes.add("StorageDrive", physicalPartition)
      return attributes.list
    }
    attributes.add("SECTOR_SIZE_IN_BYTES", sectorByteCount)
    attributes.add("physical_partition_number", physicalPartition)
    attributes.add("num_partition_sectors", sectorCount)
    attributes.add("start_sector", startSector)
    attributes.add("slot", slot)
    attributes.add("PAGES_PER_BLOCK", pagesPerBlock)
    return attributes.list
  }
}

/// `getsha256digest` and `getcrc16digest`: the device computes a digest of a range. Source:
/// `docs/protocols/firehose.md` 4.4.
public struct FirehoseDigest: FirehoseElement {
  public static let elementName = "getsha256digest"
  public static let crc16ElementName = "getcrc16digest"

  public var extent: FirehoseExtent
  public var isCRC16: Bool

  public init(_ extent: FirehoseExtent, isCRC16: Bool = false) {
    self.extent = extent
    self.isCRC16 = isCRC16
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    extent = try FirehoseExtent(parsing: element)
    isCRC16 = element.isNamed(Self.crc16ElementName)
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    extent.add(to: &attributes)
    return attributes.list
  }

  public var element: XMLElement {
    XMLElement(isCRC16 ? Self.crc16ElementName : Self.elementName, attributes: attributes)
  }
}
