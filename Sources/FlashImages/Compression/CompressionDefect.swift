/// Why a compressed file could not be unpacked. `ImageError.compression` adds the file, the format and the offset.
public enum CompressionDefect: Error, Equatable, Sendable {
  /// The data are damaged; `reason` is the library's own term.
  case corrupt(reason: String)
  /// The file ends before the compressed data do.
  case truncated
  /// Bytes behind the end that are not compressed data.
  case trailingBytes
  /// Unpacking needs more memory than allowed; `needed` is 0 when the library does not say.
  case memory(needed: UInt64, limit: UInt64)
  /// The expanded data are larger than allowed.
  case expandsBeyond(limit: UInt64)
  /// A format that is recognised and not unpacked.
  case unsupported
  /// What comes out is compressed again.
  case compressedTwice(CompressionFormat)
}

/// What unpacking may cost.
public struct DecompressionLimits: Equatable, Sendable {
  /// Bytes of memory for the window or dictionary.
  public var memoryByteCount: UInt64
  /// Bytes of the expanded data; whoever knows how much fits says so here.
  public var expandedByteCount: UInt64

  /// 512 MiB of memory (`docs/protocols/android-images.md` 4.1), and 1 TiB of data.
  public static let standard = DecompressionLimits(memoryByteCount: 512 << 20, expandedByteCount: 1 << 40)

  public init(memoryByteCount: UInt64, expandedByteCount: UInt64) {
    self.memoryByteCount = memoryByteCount
    self.expandedByteCount = expandedByteCount
  }
}
