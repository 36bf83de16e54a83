public import WireFormat

/// What a chunk of a sparse image holds.
public enum SparseChunkKind: UInt16, CaseIterable, Sendable {
  case raw = 0xCAC1
  case fill = 0xCAC2
  case dontCare = 0xCAC3
  case crc32 = 0xCAC4
}

/// The header of a chunk: kind, blocks of the expanded image, bytes of the file with this header.
///
/// Source: `docs/protocols/android-images.md` 2.2.
public struct SparseChunkHeader: Equatable, Sendable {
  /// Bytes that every chunk header has.
  public static let byteCount = 12

  /// As stored; `SparseChunkKind` knows four values.
  public var type: UInt16
  public var blockCount: UInt32
  public var totalByteCount: UInt32

  public init(kind: SparseChunkKind, blockCount: UInt32, dataByteCount: UInt32) {
    type = kind.rawValue
    self.blockCount = blockCount
    totalByteCount = UInt32(Self.byteCount) &+ dataByteCount
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    type = try bytes.load(littleEndian: UInt16.self, at: 0)
    blockCount = try bytes.load(littleEndian: UInt32.self, at: 4)
    totalByteCount = try bytes.load(littleEndian: UInt32.self, at: 8)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(littleEndian: type)
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: blockCount)
    bytes.append(littleEndian: totalByteCount)
  }
}
