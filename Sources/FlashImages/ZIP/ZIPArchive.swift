import WireFormat

/// A ZIP archive: its directory, and its members as bytes that are read in order. ZIP64 too; no encryption.
///
/// Names are looked up and never used as paths. Source: `docs/protocols/android-images.md` 4.4; APPNOTE.TXT 4.3.
public struct ZIPArchive: Sendable {
  /// A member as the directory describes it.
  public struct Member: Equatable, Sendable {
    /// As stored, with `/` between folders; bytes that are no UTF-8 become U+FFFD.
    public let name: String
    public let byteCount: UInt64
    public let compressedByteCount: UInt64
    public let checksum: UInt32
    /// 0 stored, 8 deflated.
    public let method: UInt16
    public let isEncrypted: Bool
    /// Whether the archive's maker says that it is a symbolic link.
    public let isLink: Bool
    let headerOffset: UInt64

    public var isFolder: Bool { name.hasSuffix("/") }
  }

  public let members: [Member]
  private let file: any RandomAccessBytes
  private let directoryOffset: UInt64

  /// More than any package has.
  public static let maximumMemberCount = 65536
  private static let entryByteCount = 46

  /// Whether bytes begin as an archive with members does.
  public static func isArchive(_ start: RawSpan) -> Bool {
    (try? start.load(littleEndian: UInt32.self, at: 0)) == 0x0403_4B50
  }

  /// Reads the directory; members are opened one by one.
  public init(_ file: any RandomAccessBytes) throws(ImageError) {
    self.file = file
    let length = try file.length()
    let end = try ZIPEndRecord(reading: file, length: length)
    directoryOffset = end.directoryOffset
    members = try Self.members(of: file, end, length: length)
    try requireSound()
  }

  /// The member of that name.
  public func member(named name: String) -> Member? { members.first { $0.name == name } }

  /// A member's content; checked against its size and checksum while it is read.
  public func bytes(of member: Member) throws(ImageError) -> ZIPMemberBytes {
    func failure(_ defect: ZIPDefect) -> ImageError {
      .zip(path: file.path, offset: member.headerOffset, defect)
    }
    guard !member.isEncrypted else { throw failure(.encrypted(member: member.name)) }
    guard !member.isLink else { throw failure(.symbolicLink(member: member.name)) }
    guard member.method == 0 || member.method == 8 else {
      throw failure(.unsupportedMethod(member: member.name, method: member.method))
    }
    let length = try file.length()
    let header = try file.bytes(at: member.headerOffset, atMost: 30, length: length)
    guard Self.isArchive(header.rawSpan), let name = try? header.rawSpan.load(littleEndian: UInt16.self, at: 26),
      let extra = try? header.rawSpan.load(littleEndian: UInt16.self, at: 28)
    else { throw failure(.badLocalHeader(member: member.name)) }
    // Inside the file by `requireSound`, so nothing overflows.
    let start = member.headerOffset + 30 + UInt64(name) + UInt64(extra)
    guard start <= directoryOffset, member.compressedByteCount <= directoryOffset - start else {
      throw failure(.outside)
    }
    return ZIPMemberBytes(file: file, member: member, range: start..<start + member.compressedByteCount)
  }

  private static func members(
    of file: any RandomAccessBytes, _ end: ZIPEndRecord, length: UInt64
  ) throws(ImageError) -> [Member] {
    var members: [Member] = []
    var offset = end.directoryOffset
    for index in 0..<end.memberCount {
      if Task.isCancelled { throw .cancelled }
      let fixed = try file.bytes(at: offset, atMost: entryByteCount, length: length)
      guard let entry = ZIPDirectoryEntry(parsing: fixed.rawSpan) else {
        throw .zip(path: file.path, offset: offset, .badDirectoryEntry(index))
      }
      let variable = try file.bytes(
        at: offset + UInt64(entryByteCount), atMost: entry.nameLength + entry.extraLength, length: length)
      guard variable.count == entry.nameLength + entry.extraLength, let member = entry.member(variable) else {
        throw .zip(path: file.path, offset: offset, .badDirectoryEntry(index))
      }
      members.append(member)
      offset += UInt64(entryByteCount + entry.nameLength + entry.extraLength + entry.commentLength)
    }
    return members
  }

  /// Members lie before the directory, one behind the other, and have different names.
  private func requireSound() throws(ImageError) {
    var names: Set<String> = []
    for member in members where !names.insert(member.name).inserted {
      throw .zip(path: file.path, offset: member.headerOffset, .duplicateMember(member.name))
    }
    let sorted = members.sorted { $0.headerOffset < $1.headerOffset }
    for (index, member) in sorted.enumerated() {
      let next = index + 1 < sorted.count ? sorted[index + 1].headerOffset : directoryOffset
      guard member.headerOffset < directoryOffset else {
        throw .zip(path: file.path, offset: member.headerOffset, .outside)
      }
      // The local header has 30 bytes and the name at least.
      let room = next - member.headerOffset
      guard room >= 30, member.compressedByteCount <= room - 30 else {
        let other = index + 1 < sorted.count ? sorted[index + 1].name : "directory"
        throw .zip(path: file.path, offset: member.headerOffset, .overlappingMembers(member.name, other))
      }
    }
  }
}
