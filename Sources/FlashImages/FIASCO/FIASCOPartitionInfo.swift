public import WireFormat

/// The block 2F: how the NAND was partitioned. Shown and kept, never acted on.
///
/// | offset | size  | field             |
/// |-------:|------:|-------------------|
/// |      0 |     1 | ASIC index        |
/// |      1 |     1 | device type       |
/// |      2 |     1 | device index      |
/// |      3 |     4 | partition version |
/// |      7 |     4 | spare             |
/// |     11 |     4 | number of entries |
/// |     15 | 6 × n | entries           |
///
/// Source: `docs/protocols/fiasco.md` 4.5.
public struct FIASCOPartitionInfo: Equatable, Sendable {
  public static let blockType: UInt8 = 0x2F
  static let headByteCount = 15
  static let entryByteCount = 6

  public struct Entry: Equatable, Sendable {
    /// 03 kernel, 04 initfs, 05 rootfs.
    public var type: UInt8
    /// 01 read/write, 02 read-only.
    public var attribute: UInt8
    /// Bytes; 0 means the space that is left.
    public var size: UInt32

    public init(type: UInt8, attribute: UInt8, size: UInt32) {
      self.type = type
      self.attribute = attribute
      self.size = size
    }
  }

  public var asicIndex: UInt8 = 1
  public var deviceType: UInt8 = 1
  public var deviceIndex: UInt8 = 0
  public var partitionVersion: UInt32 = 0
  public var spare: UInt32 = 0xFFFF_FFFF
  public var entries: [Entry]

  public init(entries: [Entry]) { self.entries = entries }

  /// Reads the data of the block; entries that the block is too short for make it damaged.
  public init(parsing data: RawSpan) throws(WireError) {
    asicIndex = try data.byte(at: 0)
    deviceType = try data.byte(at: 1)
    deviceIndex = try data.byte(at: 2)
    partitionVersion = try data.load(bigEndian: UInt32.self, at: 3)
    spare = try data.load(bigEndian: UInt32.self, at: 7)
    let count = try data.load(bigEndian: UInt32.self, at: 11)
    let space = (data.byteCount - Self.headByteCount) / Self.entryByteCount
    guard count <= space else { throw .invalid(field: "number of entries", at: 11, value: UInt64(count)) }
    entries = []
    for index in 0..<Int(count) {
      let offset = Self.headByteCount + index * Self.entryByteCount
      entries.append(
        Entry(
          type: try data.byte(at: offset), attribute: try data.byte(at: offset + 1),
          size: try data.load(bigEndian: UInt32.self, at: offset + 2)))
    }
  }

  /// Appends the data of the block.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [asicIndex, deviceType, deviceIndex])
    bytes.append(bigEndian: partitionVersion)
    bytes.append(bigEndian: spare)
    bytes.append(bigEndian: UInt32(clamping: entries.count))
    for entry in entries {
      bytes.append(contentsOf: [entry.type, entry.attribute])
      bytes.append(bigEndian: entry.size)
    }
  }
}
