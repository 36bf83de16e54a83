import Glibc
import SystemPackage

/// A file that appears under its name only once it is complete.
///
/// The bytes go to a temporary file beside it, which `commit` brings to the disk and then renames. Without a commit,
/// after an error or a cancellation, nothing is left. Used by one task at a time.
@safe public final class OutputFile: Sendable {
  private let folder: OutputFolder
  private let name: String
  private let temporaryName: String
  private let replaces: Bool
  private let staysUnfinished: Bool
  private let descriptor: FileDescriptor
  private nonisolated(unsafe) var isCommitted = false
  private nonisolated(unsafe) var appendedByteCount: UInt64 = 0
  private nonisolated(unsafe) var endsInHole = false
  /// Up to where the disk has been asked to begin.
  private nonisolated(unsafe) var begunByteCount: UInt64 = 0

  /// Bytes after which the disk is asked to begin with them.
  private static let begunPiece: UInt64 = 8 << 20

  /// Begins the file that `path` names, in the folder that is there. With `replaces` an existing file, or link, gives
  /// way when the new one is complete; a device, a pipe or a folder never does.
  public static func begin(at path: String, replacing replaces: Bool) throws(ImageError) -> OutputFile {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = String(path[(slash.map(path.index(after:)) ?? path.startIndex)...])
    return try OutputFolder(path: folder).create(name, replacing: replaces)
  }

  /// The same, for an output that must be none of the files it is made from, however they are spelled.
  public static func begin(
    at path: String, replacing replaces: Bool, inputs: [String]
  ) throws(ImageError) -> OutputFile {
    if let existing = FileIdentity(path: path), inputs.contains(where: { FileIdentity(path: $0) == existing }) {
      throw .overwritesInput(path: path)
    }
    return try begin(at: path, replacing: replaces)
  }

  /// Begins the file as `PATH.part`, or goes on with what an earlier run left there: `byteCount` says how much that is. What
  /// is there stays when this run is cut off too. An existing file of the name gives way when the new one is complete.
  ///
  /// Throws `ImageError.system` with `EWOULDBLOCK` while another run writes it.
  public static func resume(at path: String) throws(ImageError) -> OutputFile {
    let folder = try OutputFolder(path: PackagePath.folder(of: path))
    let name = PackagePath.name(of: path)
    guard OutputFolder.isPlain(name + partSuffix) else {
      throw .system(operation: "create", path: folder.path(of: name), errno: EINVAL)
    }
    return try OutputFile(in: folder, resuming: name)
  }

  /// What `resume` puts behind the name until the file is complete.
  public static let partSuffix = ".part"

  private init(in folder: OutputFolder, resuming name: String) throws(ImageError) {
    self.folder = folder
    self.name = name
    replaces = true
    staysUnfinished = true
    temporaryName = name + Self.partSuffix
    try Self.requireReplaceable(name, in: folder)
    try Self.requireReplaceable(temporaryName, in: folder)
    let path = folder.path(of: temporaryName)
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    let number = unsafe openat(folder.descriptor, temporaryName, flags, 0o666)
    guard number >= 0 else { throw .system(operation: "create", path: path, errno: errno) }
    descriptor = FileDescriptor(rawValue: number)
    guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw .system(operation: "lock", path: path, errno: errno) }
    var status = stat()
    guard unsafe fstat(number, &status) == 0 else { throw .system(operation: "open", path: path, errno: errno) }
    unsafe appendedByteCount = UInt64(clamping: status.st_size)
    unsafe begunByteCount = unsafe appendedByteCount
  }

  /// Bytes that are there already.
  public func bytes(at offset: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    guard offset <= byteCount, byteCount - offset >= UInt64(count) else {
      throw .shortRead(path: path, offset: offset, expected: UInt64(count))
    }
    var bytes = [UInt8](repeating: 0, count: count)
    do {
      var done = 0
      while done < count {
        let read = try unsafe bytes.withUnsafeMutableBytes { buffer in
          let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
          return try unsafe descriptor.read(fromAbsoluteOffset: Int64(clamping: offset) + Int64(done), into: rest)
        }
        // A hole at the end that the file has not got yet.
        guard read > 0 else { break }
        done += read
      }
    } catch {
      throw .system(operation: "read", path: path, errno: (error as? Errno ?? .ioError).rawValue)
    }
    return bytes
  }

  /// Forgets what was appended behind `count` bytes.
  public func truncate(to count: UInt64) throws(ImageError) {
    guard count < byteCount else { return }
    guard ftruncate(descriptor.rawValue, off_t(clamping: count)) == 0 else {
      throw .system(operation: "write", path: path, errno: errno)
    }
    unsafe appendedByteCount = count
    unsafe begunByteCount = min(begunByteCount, count)
    unsafe endsInHole = false
  }

  init(in folder: OutputFolder, name: String, replaces: Bool) throws(ImageError) {
    self.folder = folder
    self.name = name
    self.replaces = replaces
    staysUnfinished = false
    try Self.requireReplaceable(name, in: folder)
    temporaryName = ".flashctl-" + String(UInt64.random(in: 0...UInt64.max), radix: 36) + ".part"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let number = unsafe openat(folder.descriptor, temporaryName, flags, 0o666)
    guard number >= 0 else { throw .system(operation: "create", path: folder.path(of: name), errno: errno) }
    descriptor = FileDescriptor(rawValue: number)
  }

  /// Refuses to put a file in the place of a device, a pipe or a folder.
  private static func requireReplaceable(_ name: String, in folder: OutputFolder) throws(ImageError) {
    var status = stat()
    guard unsafe fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFLNK else { throw .notAFile(path: folder.path(of: name)) }
  }

  deinit {
    // What ends in a hole would be shorter the next time.
    if unsafe staysUnfinished && !isCommitted && endsInHole {
      _ = ftruncate(descriptor.rawValue, off_t(clamping: byteCount))
    }
    try? descriptor.close()
    if unsafe !isCommitted, !staysUnfinished { _ = unsafe unlinkat(folder.descriptor, temporaryName, 0) }
  }

  /// Bytes appended so far.
  public var byteCount: UInt64 { unsafe appendedByteCount }

  /// The name the file will have, with its folder.
  var path: String { folder.path(of: name) }

  public func append(_ bytes: [UInt8]) throws(ImageError) {
    guard !bytes.isEmpty else { return }
    try overwrite(bytes, at: byteCount)
    unsafe appendedByteCount += UInt64(bytes.count)
    unsafe endsInHole = false
  }

  public func append(_ buffer: UnsafeRawBufferPointer) throws(ImageError) {
    guard buffer.count > 0 else { return }
    unsafe try write(buffer, at: byteCount)
    unsafe appendedByteCount += UInt64(buffer.count)
    unsafe endsInHole = false
    beginWriting()
  }

  /// Lets the disk begin while more is on its way, so that the end of a long file does not wait for all of it. Giving up
  /// the cached pages starts what they wait for, and is only a hint.
  private func beginWriting() {
    let (start, end) = unsafe (begunByteCount, appendedByteCount)
    guard end - start >= Self.begunPiece else { return }
    _ = posix_fadvise(
      descriptor.rawValue, off_t(clamping: start), off_t(clamping: end - start), POSIX_FADV_DONTNEED)
    unsafe begunByteCount = end
  }

  /// Appends one byte over and over.
  public func append(repeating byte: UInt8, count: UInt64) throws(ImageError) {
    var left = count
    while left > 0 {
      let piece = min(left, 4096)
      try append([UInt8](repeating: byte, count: Int(piece)))
      left -= piece
    }
  }

  /// Appends the first `byteCount` bytes of something else, piece by piece.
  public func append(_ bytes: any RandomAccessBytes, byteCount: UInt64) throws(ImageError) {
    let buffer = CopyBuffer()
    unsafe try bytes.forEachPiece(of: 0..<byteCount, using: buffer) { piece throws(ImageError) in
      try unsafe append(piece)
    }
  }

  /// Leaves a hole of `count` bytes, which reads as zeros.
  public func skip(_ count: UInt64) throws(ImageError) {
    let (end, overflows) = byteCount.addingReportingOverflow(count)
    guard !overflows, end <= UInt64(Int64.max) else { throw .tooLarge(path: path, byteCount: overflows ? .max : end) }
    unsafe appendedByteCount = end
    unsafe endsInHole = true
  }

  /// Writes bytes over what has been appended.
  func overwrite(_ bytes: [UInt8], at offset: UInt64) throws(ImageError) {
    do {
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe write(buffer, at: offset) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .system(operation: "write", path: path, errno: EIO)
    }
  }

  private func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(ImageError) {
    do {
      var done = 0
      while done < buffer.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        done += try unsafe descriptor.write(toAbsoluteOffset: Int64(clamping: offset) + Int64(done), rest)
      }
    } catch {
      throw .system(operation: "write", path: path, errno: (error as? Errno ?? .ioError).rawValue)
    }
  }

  /// Brings the bytes to the disk, then gives the file its name.
  public func commit() throws(ImageError) {
    if unsafe endsInHole, ftruncate(descriptor.rawValue, off_t(clamping: byteCount)) != 0 {
      throw .system(operation: "write", path: path, errno: errno)
    }
    guard fsync(descriptor.rawValue) == 0 else { throw .system(operation: "fsync", path: path, errno: errno) }
    guard rename() == 0 else { throw .system(operation: "create", path: path, errno: errno) }
    unsafe isCommitted = true
    // A file system that cannot sync a folder has no better way to offer.
    _ = fsync(folder.descriptor)
  }

  private func rename() -> Int32 {
    guard !replaces else {
      return unsafe renameat(folder.descriptor, temporaryName, folder.descriptor, name)
    }
    // A link fails where the name is taken, which a rename would not.
    let result = unsafe linkat(folder.descriptor, temporaryName, folder.descriptor, name, 0)
    if result == 0 { return unsafe unlinkat(folder.descriptor, temporaryName, 0) }
    guard errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS else { return result }
    // A file system without links: the name was free when the file was begun.
    return unsafe renameat(folder.descriptor, temporaryName, folder.descriptor, name)
  }
}
