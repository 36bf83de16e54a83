public import WireFormat

/// `configure`: which storage is used, and how large the pieces of raw data are. Source: `docs/protocols/firehose.md` 3.
public struct FirehoseConfigure: FirehoseElement {
  public static let elementName = "configure"

  /// `emmc`, `ufs`, `nand`, `nvme` or `spinor`, in whatever case.
  public var memoryName: String
  /// The largest piece of raw data that the host sends, in bytes.
  public var maximumPayload: UInt64?
  public var isVerbose: Bool?
  /// Whether the host takes zero-length packets behind pieces whose length is a multiple of the packet size.
  public var isZLPAware: Bool?
  /// Leaves the storage closed, for UFS that is not provisioned.
  public var skipsStorageInit: Bool?
  /// Takes raw data and does not store it.
  public var skipsWrite: Bool?
  public var validatesAlways: Bool?
  /// A response after so many pieces of raw data; 0 for none.
  public var acknowledgesEvery: UInt32?
  /// Bytes of the tables that a host with signed digests sends.
  public var maximumDigestTable: UInt32?
  public var targetName: String?
  public var version: String?
  public var activePartition: UInt32?
  public var pagesPerBlock: UInt32?

  public init(
    memoryName: String, maximumPayload: UInt64? = 1 << 20, isVerbose: Bool? = false, isZLPAware: Bool? = true,
    skipsStorageInit: Bool? = false
  ) {
    self.memoryName = memoryName
    self.maximumPayload = maximumPayload
    self.isVerbose = isVerbose
    self.isZLPAware = isZLPAware
    self.skipsStorageInit = skipsStorageInit
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    memoryName = element["MemoryName"] ?? "emmc"
    maximumPayload = try element.number("MaxPayloadSizeToTargetInBytes")
    isVerbose = element.flag("Verbose")
    isZLPAware = element.flag("ZlpAwareHost")
    skipsStorageInit = element.flag("SkipStorageInit")
    skipsWrite = element.flag("SkipWrite")
    validatesAlways = element.flag("AlwaysValidate")
    acknowledgesEvery = try element.number("AckRawDataEveryNumPackets")
    maximumDigestTable = try element.number("MaxDigestTableSizeInBytes")
    targetName = element["TargetName"]
    version = element["Version"]
    activePartition = try element.number("ActivePartition")
    pagesPerBlock = try element.number("PAGES_PER_BLOCK")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("MemoryName", memoryName)
    attributes.add("MaxPayloadSizeToTargetInBytes", maximumPayload)
    attributes.add("Verbose", flag: isVerbose)
    attributes.add("ZlpAwareHost", flag: isZLPAware)
    attributes.add("SkipStorageInit", flag: skipsStorageInit)
    attributes.add("SkipWrite", flag: skipsWrite)
    attributes.add("AlwaysValidate", flag: validatesAlways)
    attributes.add("AckRawDataEveryNumPackets", acknowledgesEvery)
    attributes.add("MaxDigestTableSizeInBytes", maximumDigestTable)
    attributes.add("TargetName", targetName)
    attributes.add("Version", version)
    attributes.add("ActivePartition", activePartition)
    attributes.add("PAGES_PER_BLOCK", pagesPerBlock)
    return attributes.list
  }
}
