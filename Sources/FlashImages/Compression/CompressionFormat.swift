import WireFormat

/// How a file is compressed, judged by its first bytes and never by its name.
///
/// Source: `docs/protocols/android-images.md` 1.1 and 4.1.
public enum CompressionFormat: String, CaseIterable, Equatable, Sendable {
  case gzip
  case xz
  case zstd
  case lz4
  /// The older form of LZ4, which kernels use.
  case lz4Legacy = "lz4-legacy"
  case bzip2

  /// Whether flashctl unpacks it; the others are recognised, so that nobody flashes them by mistake.
  public var isUnpacked: Bool {
    switch self {
    case .gzip, .xz, .zstd, .lz4: true
    case .lz4Legacy, .bzip2: false
    }
  }

  /// Skippable frames before the first real one that are passed over.
  private static let maximumSkippableCount = 64

  /// The format of a file, or `nil` for one that is not compressed.
  public static func detect(_ bytes: any RandomAccessBytes) throws(ImageError) -> CompressionFormat? {
    try detect(PlainBytes(bytes))
  }

  /// The same for bytes that come in order.
  public static func detect(_ bytes: any ByteSource) throws(ImageError) -> CompressionFormat? {
    let reader = try bytes.openBytes()
    for index in 0..<maximumSkippableCount {
      let start = try reader.bytes(8)
      // Nothing but skippable frames: either of the two formats that have them reads them as nothing.
      if start.isEmpty, index > 0 { return .zstd }
      guard let size = skippableSize(start.rawSpan) else {
        let format = detect(start.rawSpan)
        // Behind a skippable frame only those two count.
        return index == 0 || format == .zstd || format == .lz4 ? format : nil
      }
      _ = try reader.skip(size)
    }
    return nil
  }

  /// The format that a file's name promises: `.gz`, `.xz`, `.zst`, `.lz4` or `.bz2` at its end, in either case.
  public static func named(by name: String) -> CompressionFormat? {
    let name = name.lowercased()
    return suffixes.first { name.hasSuffix($0.suffix) }?.format
  }

  private static let suffixes: [(suffix: String, format: CompressionFormat)] = [
    (".gz", .gzip), (".xz", .xz), (".zst", .zstd), (".lz4", .lz4), (".bz2", .bzip2),
  ]

  /// The format of bytes that begin like this; 6 bytes are enough.
  public static func detect(_ start: RawSpan) -> CompressionFormat? {
    signatures.first { signature in
      start.byteCount >= signature.bytes.count
        && signature.bytes.enumerated().allSatisfy { (try? start.byte(at: $0.offset)) == $0.element }
    }.map(\.format) ?? bzip2(start)
  }

  private static func bzip2(_ start: RawSpan) -> CompressionFormat? {
    guard let head = try? start.copy(4, at: 0), head[..<3].elementsEqual([0x42, 0x5A, 0x68]),
      (0x31...0x39).contains(head[3])
    else { return nil }
    return .bzip2
  }

  private static func skippableSize(_ start: RawSpan) -> UInt64? {
    guard let magic = try? start.load(littleEndian: UInt32.self, at: 0), magic & 0xFFFF_FFF0 == 0x184D_2A50,
      let size = try? start.load(littleEndian: UInt32.self, at: 4)
    else { return nil }
    return UInt64(size)
  }

  private static let signatures: [(bytes: [UInt8], format: CompressionFormat)] = [
    ([0x1F, 0x8B], .gzip),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
    ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
    ([0x04, 0x22, 0x4D, 0x18], .lz4),
    ([0x02, 0x21, 0x4C, 0x18], .lz4Legacy),
  ]
}
