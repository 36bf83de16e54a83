import FlashImages
import Glibc
import SystemPackage
import WireFormat

/// One section of a simulated device's storage: a file whose bytes are the section's from byte 0 on, as long as the
/// section, with holes where there are zeros.
///
/// Without a folder it is a file without a name, which goes away with the last reference.
final class SectionFile: RandomAccessBytes {
  let path: String
  /// The section's size, which never changes.
  let byteCount: UInt64
  /// Whether nothing had been stored there before.
  let isNew: Bool
  private let descriptor: FileDescriptor

  /// The unit in which zeros are looked for: the usual block size of file systems.
  private static let blockByteCount = 4096

  /// Opens the section's file, or makes it. One that is there already keeps its length unless `recreates`; a link in its
  /// place is not followed.
  init(path: FilePath, byteCount: UInt64, recreates: Bool = false) throws(SimulatorError) {
    self.path = path.string
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec, .noFollow],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw .storage(operation: "open", path: path.string, errno: (error as? Errno ?? .ioError).rawValue)
    }
    var status = stat()
    guard unsafe fstat(descriptor.rawValue, &status) == 0, !recreates || ftruncate(descriptor.rawValue, 0) == 0 else {
      let code = errno
      try? descriptor.close()
      throw .storage(operation: "open", path: path.string, errno: code)
    }
    isNew = status.st_size == 0 || recreates
    self.byteCount = isNew ? byteCount : UInt64(clamping: status.st_size)
    try lengthen()
  }

  /// A section that is kept while the device exists, on disk and not in memory.
  init(temporary byteCount: UInt64) throws(SimulatorError) {
    let folder = Self.temporaryFolder
    var template = Array((folder + "/flashctl-section-XXXXXX").utf8CString)
    let number = unsafe mkstemp(&template)
    guard number >= 0 else { throw .storage(operation: "mkstemp", path: folder, errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    _ = unsafe unlink(path)
    descriptor = FileDescriptor(rawValue: number)
    self.byteCount = byteCount
    isNew = true
    try lengthen()
  }

  private static var temporaryFolder: String {
    if let value = unsafe getenv("TMPDIR"), unsafe access(value, W_OK | X_OK) == 0 {
      return unsafe String(cString: value)
    }
    return unsafe access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp"
  }

  private func lengthen() throws(SimulatorError) {
    guard !isNew || ftruncate(descriptor.rawValue, off_t(clamping: byteCount)) == 0 else {
      throw .storage(operation: "ftruncate", path: path, errno: errno)
    }
  }

  deinit { try? descriptor.close() }

  // MARK: Reading

  func length() throws(ImageError) -> UInt64 { byteCount }

  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
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

  /// Copies bytes out; the caller bounds `count`.
  func bytes(at offset: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    guard count > 0 else { return [] }
    var failure: ImageError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(ImageError) {
        unsafe try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Bytes that `forEachPiece` holds at a time: what a processor keeps close by.
  private static let pieceByteCount = 256 << 10

  /// Hands the bytes of `range` on, piece by piece.
  func forEachPiece(
    of range: Range<UInt64>, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(ImageError) {
    try unsafe withUnsafeTemporaryAllocation(byteCount: Self.pieceByteCount, alignment: 4096) {
      buffer throws(ImageError) in
      var offset = range.lowerBound
      while offset < range.upperBound {
        let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        try unsafe read(at: offset, into: piece)
        unsafe body(UnsafeRawBufferPointer(piece))
        offset += UInt64(count)
      }
    }
  }

  // MARK: Writing

  /// Writes `bytes` inside the section. Whole blocks of zeros are left out where the file has a hole already.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(SimulatorError) {
    var runStart = 0
    var position = 0
    while position < bytes.byteCount {
      let intoBlock = Int((offset + UInt64(position)) % UInt64(Self.blockByteCount))
      let end = min(bytes.byteCount, position + Self.blockByteCount - intoBlock)
      if end - position == Self.blockByteCount, SparseFile.isZero(bytes, position..<end) {
        let zerosEnd = endOfZeros(bytes, from: end)
        if isHole(offset + UInt64(position)..<offset + UInt64(zerosEnd)) {
          try descriptor.writeAll(bytes, runStart..<position, at: offset, path: path)
          runStart = zerosEnd
        }
        position = zerosEnd
      } else {
        position = end
      }
    }
    try descriptor.writeAll(bytes, runStart..<position, at: offset, path: path)
  }

  private func endOfZeros(_ bytes: RawSpan, from start: Int) -> Int {
    var end = start
    while end + Self.blockByteCount <= bytes.byteCount, SparseFile.isZero(bytes, end..<end + Self.blockByteCount) {
      end += Self.blockByteCount
    }
    return end
  }

  /// Whether the file has no blocks in this range, which then reads as zeros.
  func isHole(_ range: Range<UInt64>) -> Bool {
    let data = lseek(descriptor.rawValue, off_t(clamping: range.lowerBound), Self.seekData)
    return data < 0 ? errno == ENXIO : UInt64(data) >= range.upperBound
  }

  /// Where the next stored byte lies; `limit` when there is none before it.
  func nextStored(from offset: UInt64, limit: UInt64) -> UInt64 {
    let data = lseek(descriptor.rawValue, off_t(clamping: offset), Self.seekData)
    if data < 0 { return errno == ENXIO ? limit : offset }
    return min(limit, max(offset, UInt64(data)))
  }

  // From linux/fs.h; glibc shows it to GNU sources only.
  private static let seekData: Int32 = 3

  /// Empties the section, which is quick however large it is.
  func clear() throws(SimulatorError) {
    guard ftruncate(descriptor.rawValue, 0) == 0, ftruncate(descriptor.rawValue, off_t(clamping: byteCount)) == 0 else {
      throw .storage(operation: "ftruncate", path: path, errno: errno)
    }
  }
}
