import WireFormat

/// What `getstorageinfo` says about a physical partition, in whichever form. Source: `docs/protocols/firehose.md` 4.7.
public struct FirehoseStorageInfo: Equatable, Sendable {
  /// Sectors of the partition that was asked about.
  public var sectorCount: UInt64?
  public var sectorByteCount: UInt32?
  /// Physical partitions, numbered from 0.
  public var partitionCount: UInt64?
  public var serialNumber: UInt64?
  public var productName: String?
  public var manufacturerID: UInt64?
  public var firmwareVersion: String?
  public var memoryType: String?
  /// Everything that was said, in order.
  public var lines: [String]

  /// More partitions than any storage has.
  static let maximumPartitionCount: UInt64 = 64

  public init(_ reply: FirehoseReply) {
    lines = reply.logs.map { FirehoseLog($0).words }
    var values: [String: String] = [:]
    for attribute in reply.response.attributes { values[Self.key(attribute.name)] = attribute.value }
    for line in lines {
      guard let brace = line.firstIndex(of: "{") else {
        if let (key, value) = Self.pair(line), values[key] == nil { values[key] = value }
        continue
      }
      for (key, value) in Self.members(line[brace...]) { values["json." + key] = value }
    }
    func number(_ keys: String...) -> UInt64? {
      for key in keys {
        if let number = values[key].flatMap({ FirehoseNumber.parse($0, as: UInt64.self) }) { return number }
      }
      return nil
    }
    sectorCount = number("json.totalblocks", "devicetotallogicalblocks", "numpartitionsectors", "totalblocks")
    sectorByteCount = number(
      "json.blocksize", "deviceblocksizeinbytes", "sectorsizeinbytes", "blocksize", "json.pagesize"
    )
    .flatMap { UInt32(exactly: $0) }.flatMap { FirehoseLimits.isSectorSize($0) ? $0 : nil }
    partitionCount = number(
      "json.numphysical", "devicetotalphysicalpartitions", "numphysicalpartitions", "numphysical", "bnumberlu"
    )
    .flatMap { (1...Self.maximumPartitionCount).contains($0) ? $0 : nil }
    serialNumber = number("json.serialnum", "deviceserialnumber", "serialnum")
    manufacturerID = number("json.manufacturerid", "devicemanufacturerid")
    productName = values["json.prodname"] ?? values["ufsinquirycommandoutput"]
    firmwareVersion = values["json.fwversion"]
    memoryType = values["json.memtype"]
    if sectorCount == 0 { sectorCount = nil }
  }

  private static func key(_ text: some StringProtocol) -> String {
    text.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// `key=value`, `key: value`, `key: = value`.
  private static func pair(_ line: String) -> (String, String)? {
    guard let mark = line.firstIndex(where: { $0 == ":" || $0 == "=" }), line.utf8.count <= 512 else { return nil }
    let value = line[mark...].drop { $0 == ":" || $0 == "=" || $0.isWhitespace }
    return value.isEmpty ? nil : (key(line[..<mark]), String(value).firehoseTrimmed)
  }

  /// The numbers and strings of a JSON text, however deep and however broken: `"key":value` is all that is looked for.
  private static func members(_ text: Substring) -> [(String, String)] {
    var members: [(String, String)] = []
    var rest = text.utf8.prefix(16 << 10)
    while members.count < 128, let open = rest.firstIndex(of: UInt8(ascii: "\"")) {
      let name = rest[rest.index(after: open)...].prefix { $0 != UInt8(ascii: "\"") }
      rest = rest[name.endIndex...].dropFirst()
      let behind = rest.drop { $0 <= 0x20 }
      guard behind.first == UInt8(ascii: ":") else { continue }
      var value = behind.dropFirst().drop { $0 <= 0x20 }
      if value.first == UInt8(ascii: "\"") {
        value = value.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        rest = rest[value.endIndex...].dropFirst()
      } else {
        value = value.prefix { ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "{"), 0x20, 0x0A].contains($0) }
        rest = rest[value.endIndex...]
        // A number that nothing follows may have been cut off in the middle.
        if rest.isEmpty { break }
      }
      members.append((key(String(Substring(name))), String(Substring(value)).firehoseTrimmed))
    }
    return members
  }
}
