import FlashImages
import Glibc

/// Held while a device is flashed, so that another device of the same name, flashed at the same time, gets a record of
/// its own.
final class JournalLock: Sendable {
  private let descriptor: Int32
  private let path: String

  static let suffix = ".lock"

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// `nil` while another run holds it.
  static func take(_ place: PlanJournal.Place) throws(ImageError) -> JournalLock? {
    let path = place.folder + "/" + place.prefix + suffix
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(operation: "create", path: path, errno: errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return JournalLock(descriptor: descriptor, path: path) }
    let code = errno
    close(descriptor)
    guard code == EWOULDBLOCK else { throw .system(operation: "lock", path: path, errno: code) }
    return nil
  }

  deinit {
    _ = unsafe unlink(path)
    close(descriptor)
  }
}
