import WireFormat

/// A preloader: the first boot loader of a device, as a file or as a dump of a boot section, with the settings of its
/// memory inside.
///
/// Source: `docs/protocols/mtk-da-file.md` 6 and 8.
public struct PreloaderFile: Sendable {
  /// Something odd that stops nothing.
  public enum Remark: Equatable, Sendable {
    /// The file ends before the length that its header states.
    case truncated(stated: UInt64, available: UInt64)
    /// Bytes behind what the header states: padding, or a vendor's trailer.
    case trailingBytes(UInt64)
    /// Content and signature do not fit into the length.
    case inconsistentLengths
    /// No settings of memory where they belong.
    case noMemorySettings
    /// A device with this loader cannot be reached through its boot ROM.
    case bootROMCommandsDisabled
  }

  public let bytes: any RandomAccessBytes
  public let byteCount: UInt64
  /// What stands in front of it in a boot section; `nil` for a plain file.
  public let header: BootSectionHeader?
  /// Where the first GFH block lies in the file.
  public let offset: UInt64
  public let headers: GFHChain
  /// The block with settings of memory; `nil` where there is none.
  public let memory: EMIBlock?
  /// The platform of the `AND_ROMINFO_v` block, which is not reliable.
  public let platformHint: String?
  public let projectHint: String?
  public let remarks: [Remark]

  public var path: String { bytes.path }
  public var info: GFHFileInfo { headers.info }

  /// Where the loader is looked for at most, in bytes: boot sections are smaller.
  static let searchByteCount: UInt64 = 16 << 20

  public init(path: String) throws(ImageError) { try self.init(RegularFile(path: path)) }

  /// Throws `ImageError.malformed` when there is no GFH in the file.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    let beginning = try bytes.bytes(at: 0, atMost: BootSectionHeader.byteCount, length: length)
    let header = BootSectionHeader(beginning)
    guard let offset = try Self.findGFH(bytes, header: header, length: length),
      let chain = GFHChain(try bytes.bytes(at: offset, atMost: GFHChain.maximumByteCount, length: length))
    else { throw .malformed(path: bytes.path, offset: 0, reason: "no GFH FILE_INFO: not a preloader") }
    self.bytes = bytes
    byteCount = length
    self.header = header
    self.offset = offset
    headers = chain
    memory = try EMIBlock(inPreloader: bytes, at: offset, info: chain.info, length: length)
    let hints = try Self.hints(bytes, at: offset, info: chain.info, length: length)
    platformHint = hints?.platform
    projectHint = hints?.project
    var remarks: [Remark] = []
    let (stated, available) = (UInt64(chain.info.fileByteCount), length - offset)
    if stated > available { remarks.append(.truncated(stated: stated, available: available)) }
    if stated < available { remarks.append(.trailingBytes(available - stated)) }
    if !chain.info.isConsistent { remarks.append(.inconsistentLengths) }
    if memory == nil, chain.info.isBootLoader { remarks.append(.noMemorySettings) }
    if chain.disablesBootROMCommands { remarks.append(.bootROMCommandsDisabled) }
    self.remarks = remarks
  }

  /// Whether the file ends before the length that its header states.
  public var isTruncated: Bool { remarks.contains { if case .truncated = $0 { true } else { false } } }

  /// The bytes that belong to the loader: from the first GFH block, as long as that says.
  public var loaderRange: Range<UInt64> {
    offset..<min(byteCount, offset + UInt64(info.fileByteCount))
  }

  /// First at the usual places, then at every sector, then everywhere.
  private static func findGFH(
    _ bytes: any RandomAccessBytes, header: BootSectionHeader?, length: UInt64
  ) throws(ImageError) -> UInt64? {
    var places: [UInt64] = [0, 0x200, 0x800, 0x1000]
    if let stated = header?.loaderOffset { places.insert(UInt64(stated), at: 0) }
    for place in places where place < length {
      if GFHChain.begins(try bytes.bytes(at: place, atMost: GFHChain.signature.count, length: length)) { return place }
    }
    var search = GFHSearch()
    let end = min(length, searchByteCount)
    var offset: UInt64 = 0
    while offset < end {
      guard !Task.isCancelled else { throw .cancelled }
      // Pieces overlap by a signature, so that none is missed.
      let piece = try bytes.bytes(at: offset, atMost: GFHSearch.pieceByteCount + 32, length: end)
      if let found = search.aligned(piece, at: offset) { return found }
      offset += UInt64(GFHSearch.pieceByteCount)
    }
    return search.unaligned
  }

  /// `AND_ROMINFO_v` at 0x1FC of the content: 16 bytes of id, a version, platform and project of 16 bytes each.
  private static func hints(
    _ bytes: any RandomAccessBytes, at offset: UInt64, info: GFHFileInfo, length: UInt64
  ) throws(ImageError) -> (platform: String, project: String)? {
    let place = offset + UInt64(info.contentOffset) + 0x1FC
    guard place < length else { return nil }
    let block = AgentFields(try bytes.bytes(at: place, atMost: 52, length: length))
    guard block.has(0, 52), block.text(0, 16).hasPrefix("AND_ROMINFO_v") else { return nil }
    return (block.text(20, 16), block.text(36, 16))
  }
}

/// Looks for the first block in pieces of a file.
private struct GFHSearch {
  static let pieceByteCount = 1 << 16
  /// The first place that is no sector's start.
  private(set) var unaligned: UInt64?

  /// The first block at a sector's start of a piece.
  mutating func aligned(_ piece: [UInt8], at offset: UInt64) -> UInt64? {
    var found: UInt64?
    let signature = GFHChain.signature
    var index = 0
    while index + signature.count <= piece.count, index < Self.pieceByteCount, found == nil {
      guard let next = piece[index...].firstIndex(of: 0x4D), next + signature.count <= piece.count,
        next < Self.pieceByteCount
      else { break }
      if GFHChain.begins(piece[next...]) {
        let place = offset + UInt64(next)
        if place.isMultiple(of: 512) { found = place } else if unaligned == nil { unaligned = place }
      }
      index = next + 1
    }
    return found
  }
}
