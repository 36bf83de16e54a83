import WireFormat

/// What an agent remembers of an update that moves partitions: the file `record-file` of FLASH-UPDATE, 1168 bytes.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |      0 |    4 | entries that count, at most 16 |
/// |      4 | 1152 | 16 entries: 64 bytes of name, what has changed, checksum |
/// |   1156 |    4 | stage, 0 to 3 |
/// |   1160 |    4 | what has changed |
/// |   1164 |    4 | whether the table has |
///
/// Source: `docs/protocols/mtk-xml.md` 10.
public struct XMLAgentRecordFile: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public enum Change: UInt32, Sendable {
      case none = 0
      case address = 1
      case size = 2
    }

    public var partition: String
    public var change: Change?
    public var checksum: UInt32

    public init(partition: String, change: Change?, checksum: UInt32) {
      self.partition = partition
      self.change = change
      self.checksum = checksum
    }
  }

  public static let byteCount = 1168
  private static let entryLimit: UInt32 = 16

  public var entries: [Entry]
  public var stage: UInt32
  /// 0 unchanged, 1 changed, 2 an empty device.
  public var change: UInt32
  public var tableChange: UInt32

  public init(entries: [Entry], stage: UInt32, change: UInt32, tableChange: UInt32) {
    self.entries = Array(entries.prefix(Int(Self.entryLimit)))
    self.stage = stage
    self.change = change
    self.tableChange = tableChange
  }

  /// `nil` where the length or the number of entries cannot be.
  public init?(parsing bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
    let count = word(0)
    guard count <= Self.entryLimit else { return nil }
    entries = (0..<Int(count)).map { number in
      let start = 4 + 72 * number
      let name = bytes[start..<start + 64].prefix { $0 != 0 }
      return Entry(
        partition: String(decoding: name, as: UTF8.self), change: Entry.Change(rawValue: word(start + 64)),
        checksum: word(start + 68))
    }
    (stage, change, tableChange) = (word(1156), word(1160), word(1164))
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(entries.count))
    for entry in entries {
      bytes.append(entry.partition, paddedTo: 64)
      bytes.append(littleEndian: entry.change?.rawValue ?? 0)
      bytes.append(littleEndian: entry.checksum)
    }
    bytes += [UInt8](repeating: 0, count: 1156 - bytes.count)
    for word in [stage, change, tableChange] { bytes.append(littleEndian: word) }
    return bytes
  }
}
