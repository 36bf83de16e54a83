import Glibc
import Synchronization
import SystemPackage

/// A file that appears under its name only when it is complete: until then its content is in `NAME.partial`.
final class OutputFile: Sendable {
  private struct State {
    var descriptor: FileDescriptor?
    var count: UInt64 = 0
  }

  private let path: String
  private let state = Mutex(State())

  init(path: String) { self.path = path }

  deinit {
    state.withLock { state in
      guard let descriptor = state.descriptor else { return }
      try? descriptor.close()
    }
  }

  private var partialPath: String { path + ".partial" }

  func append(_ bytes: RawSpan) throws {
    let descriptor = try opened()
    do {
      try unsafe bytes.withUnsafeBytes { buffer in _ = try unsafe descriptor.writeAll(buffer) }
    } catch let error as Errno {
      throw Diagnostic.cannotWrite(path, error)
    }
    state.withLock { $0.count += UInt64(bytes.byteCount) }
  }

  /// Puts the file in its place and returns its length in bytes.
  func finish() throws -> UInt64 {
    let descriptor = try opened()
    defer { state.withLock { $0.descriptor = nil } }
    do {
      try descriptor.close()
    } catch let error as Errno {
      throw Diagnostic.cannotWrite(path, error)
    }
    guard unsafe rename(partialPath, path) == 0 else { throw Diagnostic.cannotWrite(path, Errno(rawValue: errno)) }
    return state.withLock { $0.count }
  }

  private func opened() throws -> FileDescriptor {
    if let descriptor = state.withLock({ $0.descriptor }) { return descriptor }
    do {
      let descriptor = try FileDescriptor.open(
        FilePath(partialPath), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      state.withLock { $0.descriptor = descriptor }
      return descriptor
    } catch let error as Errno {
      throw Diagnostic.cannotWrite(path, error)
    }
  }
}

extension Diagnostic {
  static func cannotWrite(_ path: String, _ error: Errno) -> Diagnostic {
    Diagnostic(
      code: "file.cannot-write", message: "cannot write \(path): \(error)",
      remedy: "check the folder, its permissions and the free space, or choose another file",
      exitStatus: error == .permissionDenied ? .noPermission : .transferFailed)
  }
}
