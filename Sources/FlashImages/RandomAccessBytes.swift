/// Bytes that can be read from any offset: an open file, or memory.
///
/// Formats with headers inside (containers, partition tables) are read through this, so that a parser does not care
/// where its bytes lie.
public protocol RandomAccessBytes: Sendable {
  /// What errors call these bytes: a file's path.
  var path: String { get }
  /// The length in bytes, now.
  func length() throws(ImageError) -> UInt64
  /// Fills `buffer` with the bytes from `offset` on; `ImageError.shortRead` when they end before.
  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError)
}

extension RandomAccessBytes {
  /// Copies up to `count` bytes out, fewer where `length` ends the bytes. The caller bounds `count`.
  public func bytes(at offset: UInt64, atMost count: Int, length: UInt64) throws(ImageError) -> [UInt8] {
    let available = offset < length ? length - offset : 0
    var copy = [UInt8](repeating: 0, count: Int(min(UInt64(max(0, count)), available)))
    do {
      try unsafe copy.withUnsafeMutableBytes { buffer in try unsafe read(at: offset, into: buffer) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .shortRead(path: path, offset: offset, expected: UInt64(copy.count))
    }
    return copy
  }
}

extension RegularFile: RandomAccessBytes {}
