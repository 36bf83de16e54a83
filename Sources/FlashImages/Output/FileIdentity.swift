import Glibc

/// Which file a path leads to, however it is spelled: device and inode numbers.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// Follows links; `nil` when there is nothing at `path`, or it cannot be looked at.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
