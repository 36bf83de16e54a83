public import WireFormat

/// `nop`. Source: `docs/protocols/firehose.md` 5.
public struct FirehoseNop: FirehoseElement {
  public static let elementName = "nop"
  public var value: String?

  public init(value: String? = nil) { self.value = value }
  public init(parsing element: XMLElement) throws(FirehoseMessageError) { value = element["value"] }

  public var attributes: [XMLAttribute] { value.map { [XMLAttribute("value", $0)] } ?? [] }
}

/// `getstorageinfo`. Source: `docs/protocols/firehose.md` 4.7.
public struct FirehoseGetStorageInfo: FirehoseElement {
  public static let elementName = "getstorageinfo"
  public var physicalPartition: UInt32
  public var slot: UInt32?
  public var printsJSON: Bool?

  public init(physicalPartition: UInt32, slot: UInt32? = nil) {
    self.physicalPartition = physicalPartition
    self.slot = slot
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    physicalPartition = try element.number("physical_partition_number") ?? 0
    slot = try element.number("slot")
    printsJSON = element.flag("print_json")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("physical_partition_number", physicalPartition)
    attributes.add("slot", slot)
    attributes.add("print_json", flag: printsJSON)
    return attributes.list
  }
}

/// `setbootablestoragedrive`: the LUN or boot area that the ROM starts from. Source: `docs/protocols/firehose.md` 5.
public struct FirehoseSetBootable: FirehoseElement {
  public static let elementName = "setbootablestoragedrive"
  public var value: UInt32

  public init(value: UInt32) { self.value = value }
  public init(parsing element: XMLElement) throws(FirehoseMessageError) { value = try element.requiredNumber("value") }

  public var attributes: [XMLAttribute] { [XMLAttribute("value", "\(value)")] }
}

/// `power`. Source: `docs/protocols/firehose.md` 5.
public struct FirehosePower: FirehoseElement {
  public static let elementName = "power"
  /// `reset`, `reset_to_edl`, `off`; `edl` on some devices.
  public var value: String
  public var delayInSeconds: UInt32?

  public init(value: String, delayInSeconds: UInt32? = 1) {
    self.value = value
    self.delayInSeconds = delayInSeconds
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    value = element["value"] ?? "reset"
    delayInSeconds = try element.number("DelayInSeconds")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("value", value)
    attributes.add("DelayInSeconds", delayInSeconds)
    return attributes.list
  }
}

/// `benchmark`. Source: `docs/protocols/firehose.md` 5.
public struct FirehoseBenchmark: FirehoseElement {
  public static let elementName = "benchmark"
  public var trials: UInt32?
  public var testsWriting: Bool?
  public var testsReading: Bool?
  public var testsDigests: Bool?

  public init(trials: UInt32? = nil, testsWriting: Bool? = nil, testsReading: Bool? = nil, testsDigests: Bool? = nil) {
    self.trials = trials
    self.testsWriting = testsWriting
    self.testsReading = testsReading
    self.testsDigests = testsDigests
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    trials = try element.number("trials")
    testsWriting = element.flag("TestWritePerformance")
    testsReading = element.flag("TestReadPerformance")
    testsDigests = element.flag("TestDigestPerformance")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("trials", trials)
    attributes.add("TestWritePerformance", flag: testsWriting)
    attributes.add("TestReadPerformance", flag: testsReading)
    attributes.add("TestDigestPerformance", flag: testsDigests)
    return attributes.list
  }
}

/// `fixgpt`: the device rewrites the backup table, and grows the last partition if wanted. Source:
/// `docs/protocols/firehose.md` 5.
public struct FirehoseFixGPT: FirehoseElement {
  public static let elementName = "fixgpt"
  public var lun: UInt32
  public var growsLastPartition: Bool?

  public init(lun: UInt32, growsLastPartition: Bool? = nil) {
    self.lun = lun
    self.growsLastPartition = growsLastPartition
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    lun = try element.number("lun") ?? 0
    growsLastPartition = element.flag("grow_last_partition")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("lun", lun)
    attributes.add("grow_last_partition", flag: growsLastPartition)
    return attributes.list
  }
}
