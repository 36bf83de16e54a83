public import WireFormat

/// `peek`: memory of the device, as logs. Source: `docs/protocols/firehose.md` 5.
public struct FirehosePeek: FirehoseElement {
  public static let elementName = "peek"
  public var address: UInt64
  public var byteCount: UInt64
  /// `SizeInBytes`, as older programmers call it.
  public var usesOldName: Bool

  public init(address: UInt64, byteCount: UInt64, usesOldName: Bool = false) {
    self.address = address
    self.byteCount = byteCount
    self.usesOldName = usesOldName
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    address = try element.requiredNumber("address64")
    usesOldName = element["SizeInBytes"] != nil
    byteCount = try element.requiredNumber(usesOldName ? "SizeInBytes" : "size_in_bytes")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("address64", address)
    attributes.add(usesOldName ? "SizeInBytes" : "size_in_bytes", byteCount)
    return attributes.list
  }
}

/// `poke`: one to eight bytes of memory are replaced. Source: `docs/protocols/firehose.md` 5.
public struct FirehosePoke: FirehoseElement {
  public static let elementName = "poke"
  public var address: UInt64
  public var byteCount: UInt32
  public var value: UInt64
  /// `value64` in place of `value` (13).
  public var usesValue64: Bool
  /// `SizeInBytes`, as older programmers call it.
  public var usesOldName: Bool

  public init(address: UInt64, byteCount: UInt32, value: UInt64, usesValue64: Bool = false, usesOldName: Bool = false) {
    self.address = address
    self.byteCount = byteCount
    self.value = value
    self.usesValue64 = usesValue64
    self.usesOldName = usesOldName
  }

  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    address = try element.requiredNumber("address64")
    usesOldName = element["SizeInBytes"] != nil
    byteCount = try element.requiredNumber(usesOldName ? "SizeInBytes" : "size_in_bytes")
    usesValue64 = element["value64"] != nil
    value = try element.requiredNumber(usesValue64 ? "value64" : "value")
  }

  public var attributes: [XMLAttribute] {
    var attributes = FirehoseAttributes()
    attributes.add("address64", address)
    attributes.add(usesOldName ? "SizeInBytes" : "size_in_bytes", byteCount)
    attributes.add(usesValue64 ? "value64" : "value", value)
    return attributes.list
  }
}
