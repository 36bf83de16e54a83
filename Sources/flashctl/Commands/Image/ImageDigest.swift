import Digests
import FlashImages

/// The SHA-256 of an image's data, to compare with a published list or with what a device holds.
enum ImageDigest {
  private static let pieceByteCount: UInt64 = 1 << 20

  /// 64 lower-case hexadecimal digits. Ends with `ImageError.cancelled` as soon as the task is cancelled.
  static func sha256(of range: Range<UInt64>, in path: String) throws(ImageError) -> String {
    let file = try RegularFile(path: path)
    var digest = SHA256Digest()
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard !Task.isCancelled else { throw .cancelled }
      let bytes = try file.bytes(at: offset, count: Int(min(pieceByteCount, range.upperBound - offset)))
      unsafe bytes.withUnsafeBytes { buffer in unsafe digest.update(buffer) }
      offset += UInt64(bytes.count)
    }
    return digest.hexadecimal()
  }
}
