public import FlashImages
import Glibc
import SystemPackage

/// One section of a storage as a file: its raw content from byte 0, the file as long as the section.
///
/// A file that is not there is made, as one hole. A file that is keeps its content.
public struct DiskImage: Sendable {
  public let path: String
  public let byteCount: UInt64
  public let sectorByteCount: UInt64
  let file: EditableFile

  /// `byteCount` may be `nil` for a file that exists. One of another length is refused.
  public init(path: String, byteCount: UInt64?, sectorByteCount: UInt64) throws(ImageError) {
    if let byteCount { try Self.create(path, byteCount) }
    file = try EditableFile(path: path)
    self.path = path
    self.byteCount = try file.length()
    self.sectorByteCount = max(1, sectorByteCount)
    if let byteCount, byteCount != self.byteCount {
      throw .shortRead(path: path, offset: 0, expected: byteCount)
    }
  }

  /// Makes the file where there is none.
  private static func create(_ path: String, _ byteCount: UInt64) throws(ImageError) {
    guard byteCount <= UInt64(Int64.max) else { throw .tooLarge(path: path, byteCount: byteCount) }
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard number >= 0 else {
      if errno == EEXIST { return }
      throw .system(operation: "create", path: path, errno: errno)
    }
    defer { _ = Glibc.close(number) }
    guard ftruncate(number, off_t(byteCount)) == 0 else { throw .system(operation: "write", path: path, errno: errno) }
  }
}
