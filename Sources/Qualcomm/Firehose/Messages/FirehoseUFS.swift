public import WireFormat

/// `ufs`: a piece of the layout that unprovisioned UFS storage is given. Source: `docs/protocols/firehose.md` 5.1.
public struct FirehoseUFS: FirehoseElement {
  public static let elementName = "ufs"

  /// What an element describes, told apart by one attribute each.
  public enum Kind: String, Equatable, Sendable {
    /// The device as a whole: `bNumberLU`.
    case device
    /// One logical unit: `LUNum`.
    case unit
    /// The end, which checks or writes: `commit`.
    case commit
  }

  public var kind: Kind
  /// In the order in which they are sent.
  public private(set) var attributes: [XMLAttribute]

  private static let slot = "slot"
  private static let order: [Kind: [String]] = [
    .device: [
      "bNumberLU", "bBootEnable", "bDescrAccessEn", "bInitPowerMode", "bHighPriorityLUN", "bSecureRemovalType",
      "bInitActiveICCLevel", "wPeriodicRTCUpdate", "bConfigDescrLock", slot, "bWriteBoosterBufferPreserveUserSpaceEn",
      "bWriteBoosterBufferType", "shared_wb_buffer_size_in_kb", "qVendorConfigCode",
    ],
    .unit: [
      "LUNum", "bLUEnable", "bBootLunID", "size_in_kb", "bDataReliability", "bLUWriteProtect", "bMemoryType",
      "bLogicalBlockSize", "bProvisioningType", "wContextCapabilities", slot, "desc",
    ],
    .commit: ["LUNtoGrow", "commit", slot],
  ]
  private static let texts: Set<String> = ["desc"]
  /// What an element may leave out: which storage device is meant, a vendor's own code, the name that people give a unit.
  private static let optional: Set<String> = [slot, "qVendorConfigCode", "desc"]
  /// Left out together, or given together.
  private static let writeBooster: Set<String> = [
    "bWriteBoosterBufferPreserveUserSpaceEn", "bWriteBoosterBufferType", "shared_wb_buffer_size_in_kb",
  ]
  /// The largest values of attributes that have fewer than their width allows.
  private static let narrower: [String: UInt64] = ["bBootLunID": 2, "bConfigDescrLock": 1, "commit": 1]

  /// The largest value of an attribute: by its meaning, else by the width that its first letter tells.
  private static func largest(_ name: String) -> UInt64 {
    if let value = narrower[name] { return value }
    if name == "LUNum" || name == "LUNtoGrow" || name.hasPrefix("b") { return 255 }
    return name.hasPrefix("w") ? 65535 : .max
  }

  /// Reads an element, and puts its attributes into the order in which they are sent. An attribute that the kind needs and
  /// the element lacks, one that the kind does not have, and one that is no number in its range are errors.
  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    if element["bNumberLU"] != nil {
      kind = .device
    } else if element["LUNum"] != nil {
      kind = .unit
    } else if element["commit"] != nil {
      kind = .commit
    } else {
      throw .missingAttribute(element: element.name, name: "bNumberLU, LUNum or commit")
    }
    let names = Self.order[kind] ?? []
    for attribute in element.attributes {
      guard let name = names.first(where: { $0.lowercased() == attribute.name.lowercased() }) else {
        throw .invalidAttribute(element: element.name, name: attribute.name, value: attribute.value)
      }
      let number = FirehoseNumber.parse(attribute.value, as: UInt64.self)
      guard Self.texts.contains(name) || number.map({ $0 <= Self.largest(name) }) ?? false else {
        throw .invalidAttribute(element: element.name, name: attribute.name, value: attribute.value)
      }
    }
    attributes = names.compactMap { name in element[name].map { XMLAttribute(name, $0) } }
    let hasWriteBooster = attributes.contains { Self.writeBooster.contains($0.name) }
    let missing = names.first { name in
      !Self.optional.contains(name) && (hasWriteBooster || !Self.writeBooster.contains(name)) && element[name] == nil
    }
    if let missing { throw .missingAttribute(element: element.name, name: missing) }
  }

  /// The number of an attribute, 0 when it is missing.
  public func number(_ name: String) -> UInt64 {
    attributes.first { $0.name == name }.flatMap { FirehoseNumber.parse($0.value) } ?? 0
  }

  /// The same with another value; attributes that are not there stay away.
  public func setting(_ name: String, to value: UInt64) -> FirehoseUFS {
    var copy = self
    for index in copy.attributes.indices where copy.attributes[index].name == name {
      copy.attributes[index].value = "\(value)"
    }
    return copy
  }

  /// Whether the layout can never be changed again once it is written.
  public var locksConfiguration: Bool { kind == .device && number("bConfigDescrLock") != 0 }
}
