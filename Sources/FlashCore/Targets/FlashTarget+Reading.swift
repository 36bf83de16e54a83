import FlashImages
import Synchronization
import WireFormat

extension FlashTarget {
  /// Most bytes that are read into memory at once.
  static var maximumMemoryByteCount: UInt64 { 16 << 20 }

  /// Whole sectors in memory; at most 16 MiB, more is refused as outside.
  public func bytes(of range: StorageRange) async throws -> [UInt8] {
    guard range.byteCount <= Self.maximumMemoryByteCount else {
      throw StorageError.outside(
        PlanExtent(section: range.section, start: .fromStart(range.bytes.lowerBound), length: range.byteCount),
        sectionByteCount: Self.maximumMemoryByteCount)
    }
    let collected = Mutex<[UInt8]>([])
    try await read(range) { span in
      collected.withLock { bytes in
        unsafe span.withUnsafeBytes { buffer in unsafe bytes.append(contentsOf: buffer) }
      }
    }
    let bytes = collected.withLock { $0 }
    guard UInt64(bytes.count) == range.byteCount else {
      throw ImageError.shortRead(path: range.description, offset: 0, expected: range.byteCount)
    }
    return bytes
  }

  /// The checksum of a stretch that need not be whole sectors.
  func crc32(of range: DiskExpression.ChecksumRange, in section: StorageSection) async throws -> UInt32 {
    let covered = try section.bytes(of: range)
    let sectors = StorageRange(section: section.name, bytes: section.sectors(around: covered))
    let bytes = Array(try await bytes(of: sectors).prefix(Int(range.byteCount)))
    return CRC32(of: bytes.rawSpan).value
  }
}
