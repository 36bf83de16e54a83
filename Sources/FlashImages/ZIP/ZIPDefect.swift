/// What makes bytes no ZIP archive, or a member of one unreadable. `ImageError.zip` adds the file and the offset.
public enum ZIPDefect: Error, Equatable, Sendable {
  /// No end record in the last 64 KiB.
  case noEndRecord
  /// The directory, or a member's data, lies outside the file.
  case outside
  case badDirectoryEntry(Int)
  case badLocalHeader(member: String)
  case tooManyMembers(UInt64, limit: Int)
  case multipleDisks
  /// Two members share bytes of the file, as only bombs do.
  case overlappingMembers(String, String)
  case duplicateMember(String)
  case encrypted(member: String)
  /// The member is a symbolic link, whose content is the name of another file.
  case symbolicLink(member: String)
  case unsupportedMethod(member: String, method: UInt16)
  /// The data are damaged; `reason` is the library's own term.
  case corrupt(member: String, reason: String)
  /// The member expands to more or fewer bytes than the directory says.
  case wrongSize(member: String, expected: UInt64)
  case wrongChecksum(member: String, stored: UInt32, computed: UInt32)
}
