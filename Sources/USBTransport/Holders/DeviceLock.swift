public import FlashCore
import Glibc

/// The lock that keeps two flashctl from talking to one device: held from `init` until the value's last reference goes.
///
/// The file `<folder>/<port path>.lock` says nothing and is never removed; what counts is the `flock` on it. It is
/// opened read-only, so that a file which root has left behind stops nobody, and without following links, because
/// its folder can be written by all.
public final class DeviceLock: Sendable {
  /// Folders to try, best first. The later ones are for systems whose `/run/lock` is missing or root's alone.
  public static let standardFolders = ["/run/lock/flashctl", "/var/lock/flashctl", "/tmp/flashctl-lock"]

  /// The file that is locked, with the folder that was usable.
  public let path: String
  private let descriptor: Int32

  /// Takes the lock for a port path at once, or throws `OpenError.busy` with the process that holds it.
  ///
  /// Throws `OpenError.system` when no folder is usable: nothing ever runs without a lock.
  public init(
    portPath: String, folders: [String] = DeviceLock.standardFolders, paths: SystemPaths = SystemPaths()
  ) throws(OpenError) {
    let name = String(portPath.map { $0 == "/" ? "_" : $0 }) + ".lock"
    (path, descriptor) = try Self.open(name, in: folders)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      let holders = code == EWOULDBLOCK ? LockHolders(paths: paths).names(of: path, descriptor: descriptor) : []
      _ = Glibc.close(descriptor)
      guard code == EWOULDBLOCK else { throw .system(operation: "flock \(path)", code: code) }
      throw .busy(path: path, holders: holders)
    }
  }

  deinit {
    // Closing alone would leave the lock to a process that is just being started and still has the descriptor.
    _ = flock(descriptor, LOCK_UN)
    _ = Glibc.close(descriptor)
  }

  private static func open(_ name: String, in folders: [String]) throws(OpenError) -> (String, Int32) {
    var failure = OpenError.system(operation: "lock", code: ENOENT)
    for folder in folders {
      let parent = openFolder(folder)
      guard parent >= 0 else {
        failure = .system(operation: "open \(folder)", code: errno)
        continue
      }
      defer { _ = Glibc.close(parent) }
      let descriptor = openFile(name, in: parent)
      if descriptor >= 0 { return (folder + "/" + name, descriptor) }
      failure = .system(operation: "open \(folder)/\(name)", code: errno)
    }
    throw failure
  }

  /// Opens the folder, having made it for everybody (mode 1777) when it was not there.
  private static func openFolder(_ folder: String) -> Int32 {
    if unsafe mkdir(folder, 0o1777) == 0 {
      // mkdir's mode has gone through the umask.
      _ = unsafe chmod(folder, 0o1777)
    }
    return unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  }

  /// Opens the file, or makes it. O_CREAT is left out where it exists: with `fs.protected_regular` the kernel refuses
  /// that flag for another user's file in a folder such as this one, even to root.
  private static func openFile(_ name: String, in parent: Int32) -> Int32 {
    let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
    for _ in 0..<8 {
      let existing = unsafe openat(parent, name, flags)
      if existing >= 0 || errno != ENOENT { return existing }
      let made = unsafe openat(parent, name, flags | O_CREAT | O_EXCL, 0o644)
      if made >= 0 {
        _ = fchmod(made, 0o644)
        return made
      }
      if errno != EEXIST { return made }
    }
    return -1
  }
}
