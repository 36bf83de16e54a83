import WireFormat

/// A boot image with an MBN header of 40 or 80 bytes in front of its code.
///
/// | 40 bytes | 80 bytes | field          |
/// |---------:|---------:|----------------|
/// |        0 |        8 | image id       |
/// |        4 |          | version, 3     |
/// |          |        0 | codeword 844BDCD1, magic 73D71034 |
/// |        8 |       20 | image source: where the code lies |
/// |       12 |       24 | destination address |
/// |       16 |       28 | image size: code, signature, chain |
/// |       20 |       32 | code size      |
/// |       28 |       40 | signature size |
/// |       36 |       48 | chain size     |
///
/// Source: `qualcomm-packages.md` 11.2 and 11.3.
public struct MBNFile: Equatable, Sendable {
  /// 40 or 80.
  public var headerByteCount: Int
  public var imageID: UInt32
  public var destination: UInt32
  /// Bytes behind the header, by the header.
  public var imageByteCount: UInt32
  public var codeByteCount: UInt32
  /// The manufacturer's certificates behind code and signature; `nil` for an unsigned image.
  public var chain: CertificateChain?

  private static let magic: [UInt8] = [0xD1, 0xDC, 0x4B, 0x84, 0x34, 0x10, 0xD7, 0x73]
  /// The third word of the preamble that a boot ROM finds the page size by.
  private static let preamble: [UInt8] = [0x5A, 0x43, 0x0B, 0x7D]
  /// Sizes may differ by so much from their sum.
  private static let slack: UInt64 = 16

  /// Whether a file begins with the preamble of a flash image, which is nothing to send over Sahara.
  static func isPreamble(_ beginning: [UInt8]) -> Bool { beginning.starts(with: magic + preamble) }

  /// `nil` when the beginning is no such header. Throws when it is one and the file is shorter than it says.
  init?(_ beginning: [UInt8], of bytes: any RandomAccessBytes, length: UInt64) throws(ImageError) {
    let isLong = beginning.starts(with: Self.magic)
    guard beginning.count >= (isLong ? 80 : 40) else { return nil }
    func word(_ offset: Int) -> UInt32 {
      beginning[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    headerByteCount = isLong ? 80 : 40
    imageID = word(isLong ? 8 : 0)
    destination = word(isLong ? 24 : 12)
    imageByteCount = word(isLong ? 28 : 16)
    codeByteCount = word(isLong ? 32 : 20)
    let signed = UInt64(codeByteCount) + UInt64(word(isLong ? 40 : 28))
    let parts = signed + UInt64(word(isLong ? 48 : 36))
    let source = isLong ? UInt64(word(20)) : 40
    if !isLong {
      guard word(4) == 3, imageID <= 0x40, codeByteCount <= imageByteCount, imageByteCount > 0,
        parts + Self.slack >= UInt64(imageByteCount), parts <= UInt64(imageByteCount) + Self.slack
      else { return nil }
    }
    guard source + UInt64(imageByteCount) <= length + Self.slack else {
      throw .malformed(
        path: bytes.path, offset: isLong ? 28 : 16,
        reason: "MBN image of \(source + UInt64(imageByteCount)) bytes in a file of \(length)")
    }
    if source + parts <= length { chain = try CertificateChain(bytes, source + signed..<source + parts) }
  }
}
