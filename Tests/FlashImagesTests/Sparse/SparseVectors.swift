import Digests
import FlashImages
import WireFormat

/// The worked examples of `docs/protocols/android-images.md` 2.8, put together byte by byte.
enum SparseVectors {
  typealias Chunk = (type: UInt16, blocks: UInt32, data: [UInt8])

  /// A file of these chunks; independent of the writer.
  static func file(
    _ chunks: [Chunk], total: UInt32, block: UInt32 = 4096, checksum: UInt32 = 0, minor: UInt16 = 0,
    headerExtra: [UInt8] = [], chunkExtra: [UInt8] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x3A, 0xFF, 0x26, 0xED, 1, 0]
    bytes.append(littleEndian: minor)
    bytes.append(littleEndian: UInt16(28 + headerExtra.count))
    bytes.append(littleEndian: UInt16(12 + chunkExtra.count))
    for field in [block, total, UInt32(chunks.count), checksum] { bytes.append(littleEndian: field) }
    bytes += headerExtra
    for chunk in chunks {
      bytes.append(littleEndian: chunk.type)
      bytes += [0, 0]
      bytes.append(littleEndian: chunk.blocks)
      bytes.append(littleEndian: UInt32(12 + chunkExtra.count + chunk.data.count))
      bytes += chunkExtra + chunk.data
    }
    return bytes
  }

  static let rawBlock = (0..<4096).map { UInt8($0 & 0xFF) }

  /// RAW 1, FILL 2, DON'T CARE 3, CRC32.
  static let first = file(
    [
      (0xCAC1, 1, rawBlock), (0xCAC2, 2, [0xEF, 0xBE, 0xAD, 0xDE]), (0xCAC3, 3, []),
      (0xCAC4, 0, [0xFF, 0x68, 0xEA, 0xBA]),
    ], total: 6)

  /// Larger headers and a minor version.
  static let large = file(
    [(0xCAC2, 2, [0xAA, 0x55, 0xAA, 0x55])], total: 2, minor: 1, headerExtra: [0xAA, 0xAA, 0xAA, 0xAA],
    chunkExtra: [0xBB, 0xBB, 0xBB, 0xBB])

  static let fourBlocks = (0..<4).flatMap { [UInt8](repeating: UInt8($0), count: 4096) }

  /// RAW 4, DON'T CARE 2.
  static let whole = file([(0xCAC1, 4, fourBlocks), (0xCAC3, 2, [])], total: 6)

  static let pieces = [
    file([(0xCAC1, 2, Array(fourBlocks[..<8192])), (0xCAC3, 4, [])], total: 6),
    file([(0xCAC3, 2, []), (0xCAC1, 2, Array(fourBlocks[8192...])), (0xCAC3, 2, [])], total: 6),
  ]

  static func source(_ bytes: [UInt8], _ mode: SparseImageSource.Mode = .strict) throws -> SparseImageSource {
    try SparseImageSource(PlainBytes(MemoryBytes(bytes)), mode: mode)
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  /// `bytes` with a little-endian number at `offset`.
  static func setting<T: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, _ value: T) -> [UInt8] {
    var copy = bytes
    var field: [UInt8] = []
    field.append(littleEndian: value)
    copy.replaceSubrange(offset..<offset + field.count, with: field)
    return copy
  }
}
