/// One entry of the document partition_table: bytes from the start of the section with the partitions.
///
/// Source: `docs/protocols/mtk-xml.md` 8.
public struct XMLAgentPartition: Equatable, Sendable {
  public var name: String
  public var start: UInt64
  public var byteCount: UInt64

  public init(name: String, start: UInt64, byteCount: UInt64) {
    self.name = name
    self.start = start
    self.byteCount = byteCount
  }

  /// All entries that have a name and numbers, in order; `nil` where the document is another one.
  public static func table(parsing bytes: [UInt8]) -> [XMLAgentPartition]? {
    let text = XMLAgentText(bytes)
    guard let table = text.element("partition_table") else { return nil }
    return table.elements("pt").compactMap { entry in
      guard let name = entry.content.value("name"), !name.isEmpty, let start = entry.content.number("start"),
        let size = entry.content.number("size")
      else { return nil }
      return XMLAgentPartition(name: name, start: start, byteCount: size)
    }
  }
}

/// The document da_info: the agent's own version.
public struct XMLAgentInfo: Equatable, Sendable {
  public var version: String
  public var build: String

  public init?(parsing bytes: [UInt8]) {
    let text = XMLAgentText(bytes)
    guard let version = text.value("da_version") else { return nil }
    self.version = version
    build = text.value("build") ?? ""
  }
}

/// The document sys_prop: values by their keys.
public enum XMLAgentProperties {
  /// `nil` where the document has no such key.
  public static func value(of key: String, in bytes: [UInt8]) -> String? {
    let text = XMLAgentText(bytes)
    if let item = text.elements("item").first(where: { $0.attribute("key") == key }) { return item.value }
    return text.value(key)
  }
}

/// The document sla: what an authority signs.
public struct XMLAgentChallenge: Equatable, Sendable {
  /// Hexadecimal digits, as all of these.
  public var random: String
  public var hardwareID: String
  public var socID: String
  /// The document itself, without NUL.
  public var document: [UInt8]

  public init?(parsing bytes: [UInt8]) {
    let text = XMLAgentText(bytes)
    guard let random = text.value("rnd"), !random.isEmpty else { return nil }
    self.random = random
    hardwareID = text.value("hrid") ?? ""
    socID = text.value("socid") ?? ""
    document = Array(text.bytes)
  }
}

/// One item of the list of images that were written, with the checksum that the agent computed.
public struct XMLAgentImageFeedback: Equatable, Sendable {
  public var partition: String
  public var file: String
  public var checksum: String

  public static func list(parsing bytes: [UInt8]) -> [XMLAgentImageFeedback] {
    XMLAgentText(bytes).elements("item").map { item in
      XMLAgentImageFeedback(
        partition: item.attribute("pt") ?? "", file: item.attribute("file") ?? "",
        checksum: item.attribute("image_chksum") ?? "")
    }
  }
}
