import WireFormat

/// A file of Download Agents: the programs that boot ROMs and preloaders are given, for many chips in one file.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |   0x00 |   32 | identifier, `MTK_DOWNLOAD_AGENT` |
/// |   0x20 |   64 | description: a build's name |
/// |   0x60 |    4 | info version, 4 |
/// |   0x64 |    4 | magic, 0x22668899 |
/// |   0x68 |    4 | number of entries |
/// |   0x6C |      | entries of 220 bytes, in very old files 216 |
///
/// Numbers are little-endian. Source: `docs/protocols/mtk-da-file.md` 1 to 3.
public struct AgentArchive: Sendable {
  /// Something odd that stops nothing.
  public enum Remark: Equatable, Sendable {
    /// An entry, from 0, whose magic is wrong: left out.
    case badMagic(entry: Int, magic: UInt16)
    /// A region that ends behind the file.
    case regionOutside(entry: Int, region: Int)
    /// A signature that is neither where the older nor where the newer files say it.
    case signatureElsewhere(entry: Int, region: Int, position: UInt32)
    /// A signature longer than its region.
    case signatureTooLong(entry: Int, region: Int)
    case infoVersion(UInt32)
    /// A description without an end.
    case unterminatedDescription
  }

  public let bytes: any RandomAccessBytes
  public let byteCount: UInt64
  /// The build: `MTK_AllInOne_DA_v3.3001…`. Control characters are as they are.
  public let description: String
  public let infoVersion: UInt32
  /// Bytes of an entry: 220, or 216 in very old files.
  public let entryByteCount: Int
  /// Entries whose magic is right, in the file's order.
  public let entries: [AgentEntry]
  public let remarks: [Remark]

  public var path: String { bytes.path }

  /// What every archive begins with.
  static let identifier = Array("MTK_DOWNLOAD_AGENT".utf8)
  static let headerByteCount = 0x6C
  static let magic: UInt32 = 0x2266_8899
  /// More entries than any file has; 88 have been seen.
  public static let maximumEntryCount = 1024
  public static let maximumRegionCount = 10

  static func isArchive(_ beginning: [UInt8]) -> Bool { beginning.starts(with: identifier) }

  /// Whether a file is there and begins as agent files do.
  public static func isArchive(at path: String) -> Bool {
    guard let file = try? RegularFile(path: path), let length = try? file.length(),
      let beginning = try? file.bytes(at: 0, atMost: identifier.count, length: length)
    else { return false }
    return isArchive(beginning)
  }

  public init(path: String) throws(ImageError) { try self.init(PackagedLoader.bytes(at: path)) }

  /// Throws `ImageError.malformed` for a file without the identifier or the magic, with entries outside of it, or with an
  /// impossible number of regions.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    func bad(_ offset: Int, _ reason: String) -> ImageError {
      .malformed(path: bytes.path, offset: UInt64(offset), reason: reason)
    }
    let header = try bytes.bytes(at: 0, atMost: Self.headerByteCount, length: length)
    guard Self.isArchive(header) else { throw bad(0, "no MTK_DOWNLOAD_AGENT") }
    guard header.count == Self.headerByteCount else { throw bad(header.count, "truncated agent file header") }
    let fields = AgentFields(header)
    guard fields.word(0x64) == Self.magic else { throw bad(0x64, "agent file magic \(hexadecimal(fields.word(0x64)))") }
    let count = Int(fields.word(0x68))
    guard (1...Self.maximumEntryCount).contains(count) else { throw bad(0x68, "\(count) agent entries") }
    // Read no more than the table can be long: the last entry of a packed file ends with its last region.
    let table = try bytes.bytes(
      at: UInt64(Self.headerByteCount), atMost: count * AgentEntry.byteCount, length: length)
    let reader = AgentTable(AgentFields(table), count: count, path: bytes.path, fileByteCount: length)
    self.bytes = bytes
    byteCount = length
    description = fields.text(0x20, 64)
    infoVersion = fields.word(0x60)
    let read = try reader.read()
    entryByteCount = read.stride
    entries = read.entries
    var remarks = read.remarks
    if infoVersion != 4 { remarks.append(.infoVersion(infoVersion)) }
    if !header[0x20..<0x60].contains(0) { remarks.append(.unterminatedDescription) }
    self.remarks = remarks
  }

  /// Whether the description is that of agents that speak XML; other generations follow from the chip.
  public var isXML: Bool { description.contains("MTK_DA_v6") }

  /// The bytes of a region; throws when it ends behind the file, or is longer than `limit`.
  public func content(of region: AgentRegion, limit: UInt64 = 64 << 20) throws(ImageError) -> [UInt8] {
    guard let range = region.range, range.upperBound <= byteCount else {
      throw .malformed(path: path, offset: UInt64(region.offset), reason: "agent region ends beyond the file")
    }
    guard UInt64(region.byteCount) <= limit else { throw .tooLarge(path: path, byteCount: UInt64(region.byteCount)) }
    return try bytes.bytes(at: range.lowerBound, atMost: Int(region.byteCount), length: byteCount)
  }
}

/// Cuts the table into entries.
private struct AgentTable {
  let fields: AgentFields
  let count: Int
  let path: String
  let fileByteCount: UInt64

  init(_ fields: AgentFields, count: Int, path: String, fileByteCount: UInt64) {
    self.fields = fields
    self.count = count
    self.path = path
    self.fileByteCount = fileByteCount
  }

  func read() throws(ImageError) -> (stride: Int, entries: [AgentEntry], remarks: [AgentArchive.Remark]) {
    let isOld = isOld
    let stride = isOld ? AgentEntry.oldByteCount : AgentEntry.byteCount
    var entries: [AgentEntry] = []
    var remarks: [AgentArchive.Remark] = []
    for index in 0..<count {
      let place = index * stride
      guard let entry = AgentEntry(fields, at: place, index: index, isOld: isOld) else {
        throw bad(place, "agent entry \(index) ends beyond the file")
      }
      guard entry.magic == AgentEntry.magic else {
        remarks.append(.badMagic(entry: index, magic: entry.magic))
        continue
      }
      guard (1...AgentArchive.maximumRegionCount).contains(entry.statedRegionCount) else {
        throw bad(place, "\(entry.statedRegionCount) regions of agent entry \(index)")
      }
      guard entry.regions.count == entry.statedRegionCount else {
        throw bad(place, "agent entry \(index) ends beyond the file")
      }
      for (number, region) in entry.regions.enumerated() { remark(region, index, number, &remarks) }
      entries.append(entry)
    }
    return (stride, entries, remarks)
  }

  private func remark(_ region: AgentRegion, _ entry: Int, _ number: Int, _ remarks: inout [AgentArchive.Remark]) {
    if region.range.map({ $0.upperBound > fileByteCount }) ?? true {
      remarks.append(.regionOutside(entry: entry, region: number))
    }
    guard region.signatureByteCount > 0 else { return }
    guard region.signatureByteCount <= region.byteCount else {
      remarks.append(.signatureTooLong(entry: entry, region: number))
      return
    }
    guard !region.hasPlausibleSignaturePosition else { return }
    remarks.append(.signatureElsewhere(entry: entry, region: number, position: region.signaturePosition))
  }

  /// The second entry's magic tells; of a single one, whether its number of regions makes sense.
  private var isOld: Bool {
    func isEntry(_ place: Int) -> Bool { fields.has(place, 2) && fields.half(place) == AgentEntry.magic }
    func isCount(_ place: Int) -> Bool {
      fields.has(place, 2) && (1...AgentArchive.maximumRegionCount).contains(Int(fields.half(place)))
    }
    guard count > 1 else { return !isCount(0x12) && isCount(0x0E) }
    return !isEntry(AgentEntry.byteCount) && isEntry(AgentEntry.oldByteCount)
  }

  private func bad(_ offset: Int, _ reason: String) -> ImageError {
    .malformed(path: path, offset: UInt64(AgentArchive.headerByteCount + offset), reason: reason)
  }
}
