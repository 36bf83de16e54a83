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

  /// Takes the signal back, for a thread that waits again. To be called when the descriptor is readable.
  func clear() {
    var bytes: (UInt64, UInt64) = (0, 0)
    _ = unsafe withUnsafeMutableBytes(of: &bytes) { buffer in try? unsafe ends.readEnd.read(into: buffer) }
  }

  /// One byte in the pipe is enough, and there is always room for one.
  func signal() { _ = try? ends.writeEnd.writeAll(CollectionOfOne(0 as UInt8)) }
}
