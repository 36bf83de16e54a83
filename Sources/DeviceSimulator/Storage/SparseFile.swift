import Glibc
import SystemPackage
import WireFormat

/// A file being written from front to back, in which blocks of zeros become holes.
///
/// It has a temporary name until `finish` gives it its own, and goes away with the last reference otherwise.
final class SparseFile: Sendable {
  private let path: FilePath
  private let descriptor: FileDescriptor

  /// The unit in which zeros are looked for: the usual block size of file systems.
  private static let blockByteCount = 4096

  /// Creates the file, or takes over one that an earlier run left; a link in its place is not followed, and a file
  /// that another process is writing is refused.
  init(creating path: FilePath) throws(SimulatorError) {
    self.path = path
    do {
      descriptor = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .closeOnExec, .noFollow],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw Self.failure("open", path, error)
    }
    guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0, ftruncate(descriptor.rawValue, 0) == 0 else {
      let code = errno
      try? descriptor.close()
      throw .storage(operation: "lock", path: path.string, errno: code)
    }
  }

  deinit { try? descriptor.close() }

  /// Writes `bytes`, leaving out whole blocks of zeros: the file has been empty there.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(SimulatorError) {
    var runStart = 0
    var position = 0
    while position < bytes.byteCount {
      // Blocks lie at multiples of their size in the file, whatever pieces the data come in.
      let intoBlock = Int((offset + UInt64(position)) % UInt64(Self.blockByteCount))
      let end = min(bytes.byteCount, position + Self.blockByteCount - intoBlock)
      if end - position == Self.blockByteCount, Self.isZero(bytes, position..<end) {
        try descriptor.writeAll(bytes, runStart..<position, at: offset, path: path.string)
        runStart = end
      }
      position = end
    }
    try descriptor.writeAll(bytes, runStart..<position, at: offset, path: path.string)
  }

  static func isZero(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
      offset += MemoryLayout<UInt64>.size
    }
    return true
  }

  /// Sets the length, which a hole at the end has left short, and gives the file its name.
  func finish(length: UInt64, as name: FilePath) throws(SimulatorError) {
    guard ftruncate(descriptor.rawValue, off_t(clamping: length)) == 0 else {
      throw .storage(operation: "ftruncate", path: path.string, errno: errno)
    }
    guard unsafe rename(path.string, name.string) == 0 else {
      throw .storage(operation: "rename", path: name.string, errno: errno)
    }
  }

  /// Removes the temporary name.
  func remove() { _ = unsafe unlink(path.string) }

  private static func failure(_ operation: String, _ path: FilePath, _ error: any Error) -> SimulatorError {
    .storage(operation: operation, path: path.string, errno: (error as? Errno ?? .ioError).rawValue)
  }
}
