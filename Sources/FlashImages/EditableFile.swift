import Glibc
import SystemPackage

/// An existing regular file that is changed in place; for storage whose size and place stay as they are.
///
/// The file is locked while it is open, so that two commands never change it at once.
public final class EditableFile: RandomAccessBytes {
  public let path: String
  private let descriptor: FileDescriptor

  /// Opens a file for reading and writing; nothing is created.
  public init(path: String) throws(ImageError) {
    self.path = path
    do {
      descriptor = try FileDescriptor.open(FilePath(path), .readWrite, options: [.closeOnExec, .nonBlocking])
    } catch {
      let errno = error as? Errno ?? .ioError
      throw errno == .noSuchFileOrDirectory
        ? .missing(path: path) : .system(operation: "open", path: path, errno: errno.rawValue)
    }
    let isRegular: Bool
    do throws(ImageError) {
      isRegular = try FileStatus.read(descriptor: descriptor.rawValue, path: path).isRegular
    } catch {
      try? descriptor.close()
      throw error
    }
    guard isRegular else {
      try? descriptor.close()
      throw .notAFile(path: path)
    }
    guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      try? descriptor.close()
      throw .system(operation: "lock", path: path, errno: code)
    }
  }

  deinit { try? descriptor.close() }

  public func length() throws(ImageError) -> UInt64 {
    try FileStatus.read(descriptor: descriptor.rawValue, path: path).length
  }

  public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    var filled = 0
    while filled < buffer.count {
      let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count: Int
      do {
        count = unsafe try descriptor.read(fromAbsoluteOffset: Int64(clamping: offset) + Int64(filled), into: piece)
      } catch {
        throw .system(operation: "read", path: path, errno: (error as? Errno ?? .ioError).rawValue)
      }
      guard count > 0 else { throw .shortRead(path: path, offset: offset, expected: UInt64(buffer.count)) }
      filled += count
    }
  }

  /// Writes inside the file; what would lie behind its end is refused.
  public func write(_ bytes: [UInt8], at offset: UInt64) throws(ImageError) {
    let length = try length()
    guard offset <= length, length - offset >= UInt64(bytes.count) else {
      throw .shortRead(path: path, offset: offset, expected: UInt64(bytes.count))
    }
    do {
      _ = try unsafe bytes.withUnsafeBytes { buffer in
        try unsafe descriptor.writeAll(toAbsoluteOffset: Int64(clamping: offset), buffer)
      }
    } catch {
      throw .system(operation: "write", path: path, errno: (error as? Errno ?? .ioError).rawValue)
    }
  }

  /// Brings what was written to the disk.
  public func synchronize() throws(ImageError) {
    guard fsync(descriptor.rawValue) == 0 else { throw .system(operation: "fsync", path: path, errno: errno) }
  }
}
