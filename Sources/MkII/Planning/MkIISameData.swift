import FlashImages

/// Whether two images, perhaps of two containers, hold the same bytes.
enum MkIISameData {
  private static let pieceByteCount = 1 << 16

  /// Reads them only when their headers agree on size and hash.
  static func areEqual(
    _ one: FIASCOFile, _ first: Int, _ other: FIASCOFile, _ second: Int
  ) throws(ImageError) -> Bool {
    let (image, twin) = (one.images[first], other.images[second])
    guard image.fileData.size == twin.fileData.size, image.fileData.hash == twin.fileData.hash,
      image.availableByteCount == twin.availableByteCount
    else { return false }
    let (file, twinFile) = (try RegularFile(path: one.path), try RegularFile(path: other.path))
    var offset: UInt64 = 0
    while offset < image.availableByteCount {
      if Task.isCancelled { throw .cancelled }
      let count = Int(min(UInt64(pieceByteCount), image.availableByteCount - offset))
      let piece = try file.bytes(at: image.dataOffset + offset, count: count)
      guard try piece == twinFile.bytes(at: twin.dataOffset + offset, count: count) else { return false }
      offset += UInt64(count)
    }
    return true
  }
}
