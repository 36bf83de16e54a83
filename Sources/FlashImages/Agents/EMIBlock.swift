import WireFormat

/// The settings of memory in a preloader: one record for each memory chip that a board may have. Agents that are started
/// from a boot ROM need them.
///
/// | offset | size | field | offset | size | field |
/// |-------:|-----:|-------|-------:|-----:|-------|
/// |   0x00 |   20 | `MTK_BLOADER_INFO_v` and two digits | 0x60 | 2 | 0x90 |
/// |   0x1B |   61 | file name, `preloader_<project>.bin` | 0x62 | 2 | header size, 0x70 |
/// |   0x58 |    4 | `V116` | 0x64 | 8 | `MTK_BIN` |
/// |   0x5C |    4 | magic, 0x33448822 | 0x6C | 4 | number of records |
///
/// Source: `docs/protocols/mtk-da-file.md` 8.
public struct EMIBlock: Equatable, Sendable {
  /// Something odd that stops nothing: agents get the bytes as they are.
  public enum Remark: Equatable, Sendable {
    /// The header says more records than there are.
    case fewerRecords(stated: UInt32, stored: Int)
    /// Bytes behind the last record.
    case trailingBytes(Int)
    /// A version whose records nobody has described.
    case unknownVersion(Int)
    case unusualHeader
  }

  /// The whole block, header included: what XFlash and XML agents get.
  public let bytes: [UInt8]
  /// Where the block lies in its file.
  public let offset: UInt64
  /// 0 to 99.
  public let version: Int
  /// `preloader_<project>.bin`.
  public let fileName: String
  public let statedRecordCount: UInt32
  /// Bytes of a record; `nil` for a version that nobody has described.
  public let recordByteCount: Int?
  public let records: [EMIRecord]
  public let remarks: [Remark]

  static let identifier = Array("MTK_BLOADER_INFO_v".utf8)
  public static let headerByteCount = 0x70
  /// Longer than any block; real ones have a few kilobytes.
  static let maximumByteCount: UInt64 = 1 << 20

  static func isBlock(_ beginning: [UInt8]) -> Bool { beginning.starts(with: identifier) }

  /// The project of the file name; `nil` where the name is another.
  public var project: String? {
    guard fileName.hasPrefix("preloader_"), fileName.hasSuffix(".bin") else { return nil }
    return String(fileName.dropFirst(10).dropLast(4))
  }

  /// What legacy agents get: the records alone.
  public var recordBytes: [UInt8] { Array(bytes.dropFirst(Self.headerByteCount)) }

  /// A block in a file of its own. `nil` for a file that is none, throws for one that is cut off in its header.
  public init?(file bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    guard length <= Self.maximumByteCount else { return nil }
    let content = try bytes.bytes(at: 0, atMost: Int(length), length: length)
    guard Self.isBlock(content) else { return nil }
    guard let block = EMIBlock(content, at: 0) else {
      throw .malformed(path: bytes.path, offset: UInt64(content.count), reason: "truncated EMI block")
    }
    self = block
  }

  /// The block at the end of a preloader's content; `nil` where there is none.
  init?(
    inPreloader bytes: any RandomAccessBytes, at start: UInt64, info: GFHFileInfo, length: UInt64
  ) throws(ImageError) {
    guard info.isConsistent, start + UInt64(info.fileByteCount) <= length else { return nil }
    var end = start + UInt64(info.fileByteCount) - UInt64(info.signatureByteCount)
    // Some files have 2048 bytes of padding behind it.
    for _ in 0..<2 {
      guard end >= start + 4 else { return nil }
      let size = UInt64(AgentFields(try bytes.bytes(at: end - 4, atMost: 4, length: length)).word(0))
      guard size == 0 else {
        guard size <= Self.maximumByteCount, size + 4 <= end - start else { return nil }
        let place = end - 4 - size
        let content = try bytes.bytes(at: place, atMost: Int(size), length: length)
        guard Self.isBlock(content), let block = EMIBlock(content, at: place) else { return nil }
        self = block
        return
      }
      guard end >= start + 0x800 else { return nil }
      end -= 0x800
    }
    return nil
  }

  /// `nil` where not even the header is whole, or the version is no number.
  init?(_ content: [UInt8], at offset: UInt64) {
    let fields = AgentFields(content)
    guard fields.has(0, Self.headerByteCount), Self.isBlock(content), let version = Int(fields.text(18, 2)),
      (0...99).contains(version)
    else { return nil }
    bytes = content
    self.offset = offset
    self.version = version
    fileName = fields.text(0x1B, 61)
    let stated = fields.word(0x6C)
    statedRecordCount = stated
    let room = content.count - Self.headerByteCount
    let layout = EMIRecord.Layout(version: version)
    recordByteCount = layout.map { $0.byteCount(for: room, count: stated) }
    var records: [EMIRecord] = []
    var remarks: [Remark] = []
    if let layout, let size = recordByteCount {
      let stored = min(Int(clamping: statedRecordCount), room / size)
      for index in 0..<stored {
        let place = Self.headerByteCount + index * size
        records.append(EMIRecord(fields, at: place, byteCount: size, layout: layout))
      }
      if UInt64(statedRecordCount) > UInt64(stored) {
        remarks.append(.fewerRecords(stated: statedRecordCount, stored: stored))
      }
      if room > stored * size { remarks.append(.trailingBytes(room - stored * size)) }
    } else {
      remarks.append(.unknownVersion(version))
    }
    if fields.word(0x5C) != 0x3344_8822 || fields.half(0x62) != 0x70 { remarks.append(.unusualHeader) }
    self.records = records
    self.remarks = remarks
  }

  /// Records that are for a memory with this CID, by its 16 bytes as an agent reports them.
  public func records(matching identity: [UInt8]) -> [Int] {
    records.indices.filter { records[$0].matches(identity) }
  }

  /// Whether all records are for memory without an identity, which cannot be matched.
  public var isDiscreteOnly: Bool { !records.isEmpty && records.allSatisfy { $0.package == .discrete } }
}
