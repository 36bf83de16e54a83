import SystemPackage

/// An open regular file that is read by offset; closed when the last reference goes.
public final class RegularFile: Sendable {
  public let path: String
  private let descriptor: FileDescriptor

  /// Opens the file for reading. Devices, folders and pipes are refused: their length means nothing. So is a link
  /// (with `ELOOP`), unless `followingLinks`.
  public init(path: String, followingLinks: Bool = true) throws(ImageError) {
    self.path = path
    var options: FileDescriptor.OpenOptions = [.closeOnExec, .nonBlocking]
    if !followingLinks { options.insert(.noFollow) }
    do {
      descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: options)
    } catch {
      let errno = error as? Errno ?? .ioError
      throw errno == .noSuchFileOrDirectory
        ? .missing(path: path) : .system(operation: "open", path: path, errno: errno.rawValue)
    }
    guard try status().isRegular else {
      try? descriptor.close()
      throw .notAFile(path: path)
    }
  }

  deinit { try? descriptor.close() }

  /// The descriptor's number, for calls that swift-system lacks.
  var number: Int32 { descriptor.rawValue }

  /// The file's length in bytes, now.
  public func length() throws(ImageError) -> UInt64 { try status().length }

  private func status() throws(ImageError) -> (isRegular: Bool, length: UInt64) {
    try FileStatus.read(descriptor: descriptor.rawValue, path: path)
  }

  /// Fills `buffer` with the bytes from `offset` on; `shortRead` when the file ends before.
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

  /// Copies `count` bytes out. The caller has compared `count` with a limit of its own.
  public func bytes(at offset: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    do {
      try unsafe bytes.withUnsafeMutableBytes { buffer in try unsafe read(at: offset, into: buffer) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .system(operation: "read", path: path, errno: Errno.ioError.rawValue)
    }
    return bytes
  }
}
