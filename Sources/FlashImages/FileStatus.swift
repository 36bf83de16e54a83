import Glibc
import SystemPackage

/// The two facts of `fstat` that matter here; swift-system has no call for them.
enum FileStatus {
  static func read(descriptor: Int32, path: String) throws(ImageError) -> (isRegular: Bool, length: UInt64) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .system(operation: "fstat", path: path, errno: errno)
    }
    return (status.st_mode & S_IFMT == S_IFREG, UInt64(clamping: status.st_size))
  }
}
