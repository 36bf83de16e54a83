import Glibc
import SystemPackage

/// Files of a few lines that the kernel or udev writes, folders of them, and the links between them.
///
/// Everything returns `nil` (or nothing) for what is not there: devices leave while they are being read.
enum SmallFile {
  /// The file's bytes, at most `limit` of them.
  static func bytes(at path: String, limit: Int = 1 << 16) -> [UInt8]? {
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking]) else {
      return nil
    }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 4096))
    while bytes.count < limit {
      guard let count = try? unsafe chunk.withUnsafeMutableBytes({ unsafe try file.read(into: $0) }) else { return nil }
      if count == 0 { break }
      bytes.append(contentsOf: chunk.prefix(min(count, limit - bytes.count)))
    }
    return bytes
  }

  /// The file's text; bytes that are no UTF-8 become U+FFFD.
  static func text(at path: String, limit: Int = 1 << 16) -> String? {
    bytes(at: path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The text without the newline that ends it; `nil` when nothing is left.
  static func line(at path: String) -> String? {
    guard var bytes = bytes(at: path) else { return nil }
    if bytes.last == 0x0A { bytes.removeLast() }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  static func number(at path: String, radix: Int = 10) -> Int? {
    line(at: path).flatMap { Int($0.drop { $0 == " " }, radix: radix) }
  }

  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Where a symbolic link leads, as it is written.
  static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The last name of the path that a symbolic link leads to: how sysfs names drivers and ports.
  static func linkName(_ path: String) -> String? {
    linkTarget(path)?.split(separator: "/").last.map(String.init)
  }

  /// The names in a folder, in no order; `nil` when it cannot be opened.
  static func names(in folder: String) -> [String]? {
    guard let stream = unsafe opendir(folder) else { return nil }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
