import Digests
import FlashImages
import WireFormat

/// What can be computed of a signed loader: whether its segments are those that were signed, and which manufacturer's
/// root certificate it was signed under. Source: `qualcomm-packages.md` 11.1.
enum LoaderDigests {
  /// What became of the hashes.
  enum Segments: Equatable {
    /// The file has no hashes, or not one for each program header.
    case unknown
    /// So many hashes were compared; these segments differ from theirs.
    case compared(count: Int, damaged: [Int])
  }

  /// Compares every segment with its hash. Those of empty segments and of the table itself are left out, and so are
  /// hashes of zeros, which stand for segments that are not looked at.
  static func segments(of file: LoaderFile) throws(ImageError) -> Segments {
    guard case .elf(let elf) = file.kind, let header = elf.hashTable, let range = header.hashes else { return .unknown }
    let size = header.algorithm.byteCount
    guard range.upperBound - range.lowerBound == UInt64(size * elf.segments.count) else { return .unknown }
    let table = try file.bytes.bytes(
      at: range.lowerBound, atMost: size * elf.segments.count, length: range.upperBound)
    var count = 0
    var damaged: [Int] = []
    for (index, segment) in elf.segments.enumerated() where !segment.isHashTable && segment.fileByteCount > 0 {
      let hash = Array(table[index * size..<(index + 1) * size])
      guard hash.contains(where: { $0 != 0 }) else { continue }
      count += 1
      let data = segment.offset..<segment.offset + segment.fileByteCount
      if try digest(of: data, in: file.bytes, by: header.algorithm) != Hex.string(hash).lowercased() {
        damaged.append(index)
      }
    }
    return .compared(count: count, damaged: damaged)
  }

  /// What a device that takes this loader gives as its public key hash, as lower-case digits; `nil` where the file does
  /// not tell.
  static func root(of file: LoaderFile) throws(ImageError) -> String? {
    guard let signer = file.signer else { return nil }
    return try root(of: file, by: signer.algorithm)
  }

  /// The same in the digest that a device uses.
  static func root(
    of file: LoaderFile, by algorithm: MBNHashHeader.HashAlgorithm
  ) throws(ImageError) -> String? {
    guard let root = file.signer?.chain.root else { return nil }
    return try digest(of: root, in: file.bytes, by: algorithm)
  }

  private static let pieceByteCount: UInt64 = 1 << 20

  private static func digest(
    of range: Range<UInt64>, in bytes: any RandomAccessBytes, by algorithm: MBNHashHeader.HashAlgorithm
  ) throws(ImageError) -> String {
    var short = SHA256Digest()
    var long = SHA384Digest()
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard !Task.isCancelled else { throw .cancelled }
      let count = Int(min(pieceByteCount, range.upperBound - offset))
      let piece = try bytes.bytes(at: offset, atMost: count, length: range.upperBound)
      unsafe piece.withUnsafeBytes { buffer in
        switch algorithm {
        case .sha256: unsafe short.update(buffer)
        case .sha384: unsafe long.update(buffer)
        }
      }
      offset += UInt64(piece.count)
    }
    return algorithm == .sha256 ? short.hexadecimal() : long.hexadecimal()
  }
}
