/// Writes tables to a storage file: in the order that leaves one copy whole, then reads them again and compares.
public enum GPTEditor {
  /// Throws `ImageError.differsAfterWriting` when the file does not hold what was written.
  public static func apply(
    _ writes: [GPTWrite], to file: EditableFile, sectorByteCount: Int
  ) throws(ImageError) {
    let length = try file.length()
    for write in writes {
      try file.write(write.bytes, at: write.lba * UInt64(sectorByteCount))
      // Each copy is on the disk before the other one is touched.
      if write.part == .backupHeader { try file.synchronize() }
    }
    try file.synchronize()
    for write in writes {
      let offset = write.lba * UInt64(sectorByteCount)
      guard try file.bytes(at: offset, atMost: write.bytes.count, length: length) == write.bytes else {
        throw .differsAfterWriting(path: file.path, offset: offset)
      }
    }
  }
}
