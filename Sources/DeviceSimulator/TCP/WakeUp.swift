import Glibc
import SystemPackage

/// A descriptor that makes `poll` return when another thread wants it to.
final class WakeUp: Sendable {
  private let ends: (readEnd: FileDescriptor, writeEnd: FileDescriptor)

  var descriptor: Int32 { ends.readEnd.rawValue }

  init() throws(SimulatorError) {
    do { ends = try FileDescriptor.pipe() } catch {
      throw .socket(operation: "pipe", address: "", errno: (error as? Errno ?? .ioError).rawValue)
    }
    for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    try? ends.readEnd.close()
    try? ends.writeEnd.close()
  }

  /// One byte in the pipe is enough, and there is always room for one.
  func signal() { _ = try? ends.writeEnd.writeAll(CollectionOfOne(0 as UInt8)) }
}
