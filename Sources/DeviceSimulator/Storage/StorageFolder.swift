import Glibc
import SystemPackage
import WireFormat

/// The folder in which a simulated device keeps its storage.
enum StorageFolder {
  /// Creates the folder and those above it, as far as they are missing.
  static func create(_ folder: FilePath) throws(SimulatorError) {
    var path = FilePath(root: folder.root, [])
    for component in folder.components {
      path.append(component)
      guard unsafe mkdir(path.string, 0o777) != 0, errno != EEXIST else { continue }
      throw .storage(operation: "mkdir", path: path.string, errno: errno)
    }
    guard unsafe access(folder.string, W_OK | X_OK) == 0 else {
      throw .storage(operation: "access", path: folder.string, errno: errno)
    }
  }

  /// Writes a small file by way of a temporary name, so that it is there whole or not at all.
  static func write(_ bytes: [UInt8], to path: FilePath) throws(SimulatorError) {
    let file = try SparseFile(creating: temporary(for: path))
    try file.write(bytes.rawSpan, at: 0)
    try file.finish(length: UInt64(bytes.count), as: path)
  }

  /// Removes a file; one that is missing is fine.
  static func remove(_ path: FilePath) { _ = unsafe unlink(path.string) }

  private static func temporary(for path: FilePath) -> FilePath {
    path.removingLastComponent().appending("." + (path.lastComponent?.string ?? "") + ".part")
  }
}
