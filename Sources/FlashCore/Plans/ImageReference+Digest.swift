import Digests
import FlashImages

extension ImageReference {
  /// Compares the bytes with the digest that the descriptor gives, where it gives one. Throws `PlanError.fileDigest`, and
  /// `ImageError` when the file cannot be read.
  func checkDigest() throws {
    guard let expected = sha256?.lowercased(), !expected.isEmpty else { return }
    var digest = SHA256Digest()
    let source = try source()
    try ImageWork.report(.hashing, of: name, total: length) { (progress) throws(ImageError) in
      _ = unsafe try ImageScan(source, onBytes: { unsafe digest.update($0) }, progress: progress)
    }
    let found = digest.hexadecimal()
    guard found == expected else { throw PlanError.fileDigest(file: name, expected: expected, found: found) }
  }
}

extension FlashPlan {
  /// Compares all files with the digests that their descriptors give, as a run does before it begins.
  ///
  /// Throws `PlanError.fileDigest`, and `ImageError` when a file cannot be read.
  public func checkDigests() throws {
    for case .write(let write) in steps { try write.image.checkDigest() }
  }
}
