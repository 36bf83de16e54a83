import Glibc
import SystemPackage

/// A folder that files are made in: only there, whatever their names say, and never through a link.
///
/// The folder is opened once; names are looked up in it, not in its path, and a name with a `/` is refused.
public final class OutputFolder: Sendable {
  public let path: String
  let descriptor: Int32

  /// Opens the folder, having made it (not the folders above it) where it is missing and `isCreated` says so.
  public init(path: String, isCreated: Bool = false) throws(ImageError) {
    self.path = path.isEmpty ? "." : path
    if isCreated, unsafe mkdir(self.path, 0o777) != 0, errno != EEXIST {
      throw .system(operation: "create", path: self.path, errno: errno)
    }
    do {
      descriptor = try FileDescriptor.open(FilePath(self.path), .readOnly, options: [.directory, .closeOnExec]).rawValue
    } catch {
      throw .system(operation: "open", path: self.path, errno: (error as? Errno ?? .ioError).rawValue)
    }
  }

  deinit { close(descriptor) }

  /// The path of a file in the folder, for messages.
  public func path(of name: String) -> String { path == "." ? name : path == "/" ? "/" + name : path + "/" + name }

  /// Whether `name` names an entry of a folder and nothing else.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
  }

  /// Begins a file; see `OutputFile`. `replaces` allows an existing file, or link, of that name to be replaced.
  public func create(_ name: String, replacing replaces: Bool) throws(ImageError) -> OutputFile {
    guard Self.isPlain(name) else { throw .system(operation: "create", path: path(of: name), errno: EINVAL) }
    guard replaces || !contains(name) else {
      throw .system(operation: "create", path: path(of: name), errno: EEXIST)
    }
    return try OutputFile(in: self, name: name, replaces: replaces)
  }

  /// Whether the folder has an entry of that name, a dangling link included.
  private func contains(_ name: String) -> Bool {
    var status = stat()
    return unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
  }
}
