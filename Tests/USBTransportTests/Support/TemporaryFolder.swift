import Glibc

/// A folder that goes with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/flashctl-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
  }

  deinit { Self.remove(path) }

  /// Writes a file, with the folders that lead to it.
  func write(_ bytes: [UInt8], to name: String) {
    let file = path + "/" + name
    Self.makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(descriptor) }
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  func write(_ text: String, to name: String) { write(Array(text.utf8), to: name) }

  func link(_ name: String, to target: String) {
    let file = path + "/" + name
    Self.makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
    _ = symlink(target, file)
  }

  func move(_ name: String, to newName: String) { _ = rename(path + "/" + name, path + "/" + newName) }

  func remove(_ name: String) { Self.remove(path + "/" + name) }

  static func makeFolder(_ path: String) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    makeFolder(String(path[..<slash]))
    _ = mkdir(path, 0o755)
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    if let stream = opendir(path) {
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
      }
      closedir(stream)
      for name in names where name != "." && name != ".." { remove(path + "/" + name) }
    }
    _ = rmdir(path)
  }
}
