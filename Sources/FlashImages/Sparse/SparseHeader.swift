import WireFormat

/// The header of an Android sparse image; numbers are little-endian.
///
/// | offset | field               | notes                                            |
/// |-------:|---------------------|--------------------------------------------------|
/// |      0 | magic               | 0xED26FF3A                                       |
/// |      4 | major version       | 1; others are refused                            |
/// |      6 | minor version       | any                                              |
/// |      8 | header size         | 28 or more; what follows byte 28 is skipped      |
/// |     10 | chunk header size   | 12 or more; what follows byte 12 is skipped      |
/// |     12 | block size          | a multiple of 4, not 0                           |
/// |     16 | blocks              | of the expanded image                            |
/// |     20 | chunks              |                                                  |
/// |     24 | checksum            | CRC-32 of the expanded image, 0 for none         |
///
/// Source: `docs/protocols/android-images.md` 2.1.
public struct SparseHeader: Equatable, Sendable {
  public static let magic: UInt32 = 0xED26_FF3A
  /// Bytes that every header has.
  public static let byteCount = 28

  public var minorVersion: UInt16 = 0
  public var headerByteCount = UInt16(SparseHeader.byteCount)
  public var chunkHeaderByteCount = UInt16(SparseChunkHeader.byteCount)
  public var blockByteCount: UInt32
  public var blockCount: UInt32
  public var chunkCount: UInt32
  public var checksum: UInt32 = 0

  public init(blockByteCount: UInt32, blockCount: UInt32, chunkCount: UInt32) {
    self.blockByteCount = blockByteCount
    self.blockCount = blockCount
    self.chunkCount = chunkCount
  }

  /// Whether bytes begin as a sparse image does.
  public static func isSparse(_ start: RawSpan) -> Bool {
    (try? start.load(littleEndian: UInt32.self, at: 0)) == magic
  }

  /// Reads the first 28 bytes; fields are checked by `init(parsing:)` alone.
  public init(parsing bytes: RawSpan) throws(SparseDefect) {
    let magic = try? bytes.load(littleEndian: UInt32.self, at: 0)
    guard magic != Self.magic.byteSwapped else { throw .byteSwapped }
    guard magic == nil || magic == Self.magic else { throw .notSparse }
    let majorVersion: UInt16
    do throws(WireError) {
      majorVersion = try bytes.load(littleEndian: UInt16.self, at: 4)
      minorVersion = try bytes.load(littleEndian: UInt16.self, at: 6)
      headerByteCount = try bytes.load(littleEndian: UInt16.self, at: 8)
      chunkHeaderByteCount = try bytes.load(littleEndian: UInt16.self, at: 10)
      blockByteCount = try bytes.load(littleEndian: UInt32.self, at: 12)
      blockCount = try bytes.load(littleEndian: UInt32.self, at: 16)
      chunkCount = try bytes.load(littleEndian: UInt32.self, at: 20)
      checksum = try bytes.load(littleEndian: UInt32.self, at: 24)
    } catch {
      throw .truncatedHeader(available: bytes.byteCount)
    }
    guard majorVersion == 1 else { throw .unsupportedVersion(majorVersion) }
    guard headerByteCount >= Self.byteCount else { throw .headerTooSmall(headerByteCount) }
    guard chunkHeaderByteCount >= SparseChunkHeader.byteCount else {
      throw .chunkHeaderTooSmall(chunkHeaderByteCount)
    }
    guard blockByteCount > 0, blockByteCount % 4 == 0 else { throw .badBlockSize(blockByteCount) }
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(littleEndian: Self.magic)
    bytes.append(littleEndian: UInt16(1))
    for field in [minorVersion, headerByteCount, chunkHeaderByteCount] { bytes.append(littleEndian: field) }
    for field in [blockByteCount, blockCount, chunkCount, checksum] { bytes.append(littleEndian: field) }
  }

  /// Bytes of the expanded image.
  public var expandedByteCount: UInt64 { UInt64(blockCount) * UInt64(blockByteCount) }
}
