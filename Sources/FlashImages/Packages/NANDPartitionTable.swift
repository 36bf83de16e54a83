public import WireFormat

/// A partition table of Qualcomm NAND: the user table of `partition.mbn`, or the system table that boot code reads.
///
/// | offset | user table                 | system table                          |
/// |-------:|----------------------------|---------------------------------------|
/// |      0 | 0xAA7D1B9A, 0x1F7D48BC     | 0x55EE73AA, 0xE35EBDDB                |
/// |      8 | version                    | version                               |
/// |     12 | number of entries          | number of entries                     |
/// |     16 | 28 bytes an entry          | 28 bytes an entry                     |
/// |     +0 | name, 16 bytes             | name, 16 bytes                        |
/// |    +16 | size                       | offset in blocks                      |
/// |    +20 | padding                    | length in blocks                      |
/// |    +24 | three attributes, the unit | three attributes, which flash         |
///
/// Source: `docs/protocols/qualcomm-packages.md` 7.2.
public struct NANDPartitionTable: Equatable, Sendable {
  public enum Kind: String, Equatable, Sendable {
    case user
    case system

    var magic: (UInt32, UInt32) {
      switch self {
      case .user: (0xAA7D_1B9A, 0x1F7D_48BC)
      case .system: (0x55EE_73AA, 0xE35E_BDDB)
      }
    }
  }

  public struct Entry: Equatable, Sendable {
    /// At most 16 bytes: `0:SBL`.
    public var name: String
    /// User table: the size in units. System table: the first block.
    public var first: UInt32
    /// User table: blocks or kilobytes to spare for bad blocks. System table: the number of blocks.
    public var second: UInt32
    /// Three attributes, then the unit (user: 0xFE blocks, 0xFF kilobytes) or the flash's number (system).
    public var attributes: [UInt8]

    public init(name: String, first: UInt32, second: UInt32, attributes: [UInt8]) {
      self.name = name
      self.first = first
      self.second = second
      self.attributes = attributes
    }

    /// Whether the partition takes what is left of the flash.
    public func isOpenEnded(in kind: Kind) -> Bool { (kind == .user ? first : second) == .max }
  }

  public var kind: Kind
  /// 3 or 4.
  public var version: UInt32
  public var entries: [Entry]

  public static let headerByteCount = 16
  public static let entryByteCount = 28
  /// More than any table has.
  public static let maximumEntryCount: UInt32 = 64

  public init(kind: Kind, version: UInt32, entries: [Entry]) {
    self.kind = kind
    self.version = version
    self.entries = entries
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    let first = try bytes.load(littleEndian: UInt32.self, at: 0)
    let second = try bytes.load(littleEndian: UInt32.self, at: 4)
    guard let kind = [Kind.user, .system].first(where: { $0.magic == (first, second) }) else {
      throw .invalid(field: "magic", at: 0, value: UInt64(first))
    }
    self.kind = kind
    version = try bytes.load(littleEndian: UInt32.self, at: 8)
    let count = try bytes.load(littleEndian: UInt32.self, at: 12)
    guard count <= Self.maximumEntryCount else { throw .invalid(field: "entries", at: 12, value: UInt64(count)) }
    entries = []
    for index in 0..<Int(count) {
      let offset = Self.headerByteCount + index * Self.entryByteCount
      let field = try bytes.copy(16, at: offset).prefix { $0 != 0 }
      guard let name = String(validating: field, as: UTF8.self) else {
        throw .invalid(field: "name", at: offset, value: UInt64(field.first ?? 0))
      }
      entries.append(
        Entry(
          name: name,
          first: try bytes.load(littleEndian: UInt32.self, at: offset + 16),
          second: try bytes.load(littleEndian: UInt32.self, at: offset + 20),
          attributes: try bytes.copy(4, at: offset + 24)))
    }
  }

  public func serialize(into bytes: inout [UInt8]) {
    let magic = kind.magic
    for field in [magic.0, magic.1, version, UInt32(entries.count)] { bytes.append(littleEndian: field) }
    for entry in entries {
      let name = Array(entry.name.utf8.prefix(16))
      bytes += name + [UInt8](repeating: 0, count: 16 - name.count)
      bytes.append(littleEndian: entry.first)
      bytes.append(littleEndian: entry.second)
      bytes += (entry.attributes + [0xFF, 0xFF, 0xFF, 0xFF]).prefix(4)
    }
  }
}
