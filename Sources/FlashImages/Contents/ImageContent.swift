import WireFormat

/// What an image's beginning and end say about it.
public struct ImageContent: Equatable, Sendable {
  /// `nil` when nothing is recognised.
  public var kind: ContentKind?
  /// The version of an Android boot image's header.
  public var headerVersion: UInt32?
  /// Bytes of the file system that an ext superblock describes.
  public var fileSystemByteCount: UInt64?
  /// Bytes of the image proper, where a footer of Android Verified Boot follows it.
  public var verifiedBootByteCount: UInt64?

  public init() {}

  /// Looks at the first 8192 bytes of an image, or at all of it.
  public init(sample: RawSpan) {
    kind = ContentKind.detect(sample)
    switch kind {
    case .androidBoot: headerVersion = try? sample.load(littleEndian: UInt32.self, at: 40)
    case .ext: fileSystemByteCount = Self.extByteCount(sample)
    default: break
    }
  }

  /// Takes in the last 64 bytes of an image: a footer of Android Verified Boot ("AVBf", numbers big-endian; the size of
  /// the image proper at 12).
  public mutating func take(footer: RawSpan) {
    guard (try? footer.load(bigEndian: UInt32.self, at: 0)) == 0x4156_4266 else { return }
    verifiedBootByteCount = try? footer.load(bigEndian: UInt64.self, at: 12)
  }

  /// Bytes at the end of an image that `take(footer:)` looks at.
  public static let footerByteCount = 64

  /// Blocks at 1028, block size 1024 << u32 at 1048; `nil` when that makes no sense.
  private static func extByteCount(_ sample: RawSpan) -> UInt64? {
    guard let blocks = try? sample.load(littleEndian: UInt32.self, at: 1028),
      let shift = try? sample.load(littleEndian: UInt32.self, at: 1048), shift <= 6
    else { return nil }
    return UInt64(blocks) * (1024 << UInt64(shift))
  }
}
