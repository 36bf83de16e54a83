/// A loader at a path, or as a member of a ZIP archive: `package.zip:prog_firehose_ddr.elf`.
enum PackagedLoader {
  /// The longest member that is unpacked, in bytes.
  private static let maximumByteCount: UInt64 = 64 << 20

  /// The bytes; those of a member are unpacked into memory.
  static func bytes(at path: String) throws(ImageError) -> any RandomAccessBytes {
    guard !HostPath.exists(path), let (archive, name) = split(path) else { return try RegularFile(path: path) }
    let zip = try ZIPArchive(RegularFile(path: archive))
    guard let member = zip.member(named: name) else { throw .missing(path: path) }
    guard member.byteCount <= maximumByteCount else { throw .tooLarge(path: path, byteCount: member.byteCount) }
    let reader = try zip.bytes(of: member).openBytes()
    // One more than there should be, so that size and checksum are compared.
    return MemoryBytes(try reader.bytes(Int(member.byteCount) + 1), path: path)
  }

  /// Cuts at the last colon before which there is a file.
  private static func split(_ path: String) -> (archive: String, name: String)? {
    var rest = path[...]
    while let colon = rest.lastIndex(of: ":") {
      let archive = String(path[..<colon])
      if HostPath.exists(archive), !HostPath.isFolder(archive) {
        return (archive, String(path[path.index(after: colon)...]))
      }
      rest = rest[..<colon]
    }
    return nil
  }
}
