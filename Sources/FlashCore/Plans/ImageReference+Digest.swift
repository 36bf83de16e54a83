import Digests
import FlashImages

extension ImageReference {
  /// Compares the bytes with the digest that the descriptor gives, where it gives one. Throws `PlanError.fileDigest`, and
  /// `ImageError` when the file cannot be read.
  func checkDigest() throws {
    guard let sha256, !sha256.isEmpty else { return }
    _ = try checkedDigest()
  }

  /// SHA-256 of the image, after the comparison.
  fileprivate func checkedDigest() throws -> String {
    let found = try contentDigest()
    guard let expected = sha256?.lowercased(), !expected.isEmpty, found != expected else { return found }
    throw PlanError.fileDigest(file: name, expected: expected, found: found)
  }

  /// SHA-256 of the image, 64 hexadecimal digits: behind all layers, with zeros for what a sparse image leaves out, without
  /// padding. Throws `ImageError` when the file cannot be read.
  private func contentDigest() throws(ImageError) -> String {
    var digest = SHA256Digest()
    let source = try source()
    try ImageWork.report(.hashing, of: name, total: length) { (progress) throws(ImageError) in
      _ = unsafe try ImageScan(source, onBytes: { unsafe digest.update($0) }, progress: progress)
    }
    return digest.hexadecimal()
  }
}

extension FlashPlan {
  /// Compares all files with the digests that their descriptors give, as a run does before it begins.
  ///
  /// Throws `PlanError.fileDigest`, and `ImageError` when a file cannot be read.
  public func checkDigests() throws {
    for case .write(let write) in steps { try write.image.checkDigest() }
  }

  /// SHA-256 of the image of each step that writes one, in the order of the steps, `nil` for others; compared with those
  /// that descriptors give.
  ///
  /// Throws `PlanError.fileDigest`, and `ImageError` when a file cannot be read.
  public func imageDigests() throws -> [String?] {
    try steps.map { step in
      guard case .write(let write) = step else { return nil }
      return try write.image.checkedDigest()
    }
  }
}
