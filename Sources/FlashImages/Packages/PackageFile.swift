/// A file of a package that has been found: on the disk, or as a member of an archive.
public struct PackageFile: Sendable {
  /// The file; the archive where `member` is set.
  public let path: String
  /// The name of a member of a ZIP archive.
  public let member: String?
  /// Bytes of the file, or of the member once unpacked.
  public let byteCount: UInt64
  /// Its content, from front to back.
  public let bytes: any ByteSource
  /// The name it was found under, when that differs by case from the one that was looked for.
  public let otherCase: String?

  /// For messages: `package.zip:boot.img`.
  public var name: String { member.map { path + ":" + $0 } ?? path }

  /// A file that the user named: on the disk, or as `ARCHIVE:MEMBER`, then in memory.
  public init(at path: String) throws(ImageError) {
    self.path = path
    member = nil
    let file = try PackagedLoader.bytes(at: path)
    byteCount = try file.length()
    bytes = try PlainBytes(file)
    otherCase = nil
  }

  init(path: String, otherCase: String?) throws(ImageError) {
    self.path = path
    member = nil
    let file = try RegularFile(path: path)
    byteCount = try file.length()
    bytes = try PlainBytes(file)
    self.otherCase = otherCase
  }

  init(_ member: ZIPArchive.Member, of archive: ZIPArchive, path: String, otherCase: String?) throws(ImageError) {
    self.path = path
    self.member = member.name
    byteCount = member.byteCount
    bytes = try archive.bytes(of: member)
    self.otherCase = otherCase
  }

  /// The whole content, of files no longer than a descriptor may be.
  public func content(limit: UInt64 = PackageDocument.maximumByteCount) throws(PackageError) -> [UInt8] {
    let place = PackagePlace(path: name)
    guard byteCount <= limit else { throw PackageError(.tooLarge(byteCount: byteCount, limit: limit), at: place) }
    do throws(ImageError) {
      let reader = try bytes.openBytes()
      // One more than there should be, so that a member's size and checksum are compared.
      let content = try reader.bytes(Int(byteCount) + 1)
      guard UInt64(content.count) == byteCount else {
        throw ImageError.shortRead(path: name, offset: 0, expected: byteCount)
      }
      return content
    } catch {
      throw PackageError(.file(error), at: place)
    }
  }
}
