import Glibc
import SystemPackage

/// Small files of the kernel: read and written whole.
struct SystemFiles: Sendable {
  /// In front of every path; empty but in tests.
  let root: String

  /// No file of sysfs is longer than a page.
  private static let limit = 4096

  func exists(_ path: String) -> Bool { unsafe access(root + path, F_OK) == 0 }

  func isWritable(_ path: String) -> Bool { unsafe access(root + path, W_OK) == 0 }

  func read(_ path: String) throws(Errno) -> String {
    do {
      let file = try FileDescriptor.open(FilePath(root + path), .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let count = try unsafe bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
        return String(decoding: bytes[..<count], as: UTF8.self)
      }
    } catch { throw error as? Errno ?? .ioError }
  }

  /// The file's text without the line's end; `nil` when it is not there, or empty.
  func line(_ path: String) -> String? {
    guard let text = try? read(path) else { return nil }
    let line = text.prefix { !$0.isNewline }
    return line.isEmpty ? nil : String(line)
  }

  /// One call, as sysfs wants it.
  func write(_ text: String, to path: String) throws(Errno) {
    do {
      let file = try FileDescriptor.open(FilePath(root + path), .writeOnly, options: .closeOnExec)
      try file.closeAfter { _ = try file.writeAll(text.utf8) }
    } catch { throw error as? Errno ?? .ioError }
  }
}
