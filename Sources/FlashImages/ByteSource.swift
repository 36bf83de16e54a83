/// Bytes that can be read from front to back as often as needed: a file, or what a compressed file expands to.
///
/// Formats whose headers come in order (Android sparse) are read through this, so that they may lie inside compression.
public protocol ByteSource: Sendable {
  /// What errors call these bytes: a file's path.
  var path: String { get }
  /// The length in bytes; `nil` when only reading to the end can tell.
  var byteCount: UInt64? { get }
  /// Starts at the first byte.
  func openBytes() throws(ImageError) -> any ByteReader
}

/// One pass over bytes. Used by one task at a time.
public protocol ByteReader: AnyObject, Sendable {
  /// Bytes passed so far.
  var position: UInt64 { get }
  /// Fills `buffer` and returns how many bytes there were: fewer than asked only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
  /// Passes over `count` bytes and returns how many there were: fewer only at the end.
  func skip(_ count: UInt64) throws(ImageError) -> UInt64
}

/// A reader that can go to any place without reading what lies between.
public protocol SeekableByteReader: ByteReader {
  func seek(to offset: UInt64)
}

extension ByteReader {
  /// Copies up to `count` bytes out; the caller bounds `count`.
  func bytes(_ count: Int) throws(ImageError) -> [UInt8] {
    var copy = [UInt8](repeating: 0, count: max(0, count))
    var filled = 0
    do {
      filled = try unsafe copy.withUnsafeMutableBytes { buffer in try unsafe read(into: buffer) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .cancelled
    }
    copy.removeLast(copy.count - filled)
    return copy
  }
}

/// Random-access bytes as bytes that are read in order.
public struct PlainBytes: ByteSource {
  private let bytes: any RandomAccessBytes
  private let length: UInt64

  /// The length is looked at now; what is appended later is not seen.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    self.bytes = bytes
    length = try bytes.length()
  }

  public var path: String { bytes.path }
  public var byteCount: UInt64? { length }

  public func openBytes() throws(ImageError) -> any ByteReader { Reader(bytes: bytes, length: length) }

  @safe private final class Reader: SeekableByteReader {
    private let bytes: any RandomAccessBytes
    private let length: UInt64
    private nonisolated(unsafe) var offset: UInt64 = 0

    init(bytes: any RandomAccessBytes, length: UInt64) {
      self.bytes = bytes
      self.length = length
    }

    var position: UInt64 { unsafe offset }

    func seek(to offset: UInt64) { unsafe self.offset = min(offset, length) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
      let count = unsafe Int(min(UInt64(buffer.count), length - offset))
      guard count > 0 else { return 0 }
      try unsafe bytes.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
      unsafe offset += UInt64(count)
      return count
    }

    func skip(_ count: UInt64) throws(ImageError) -> UInt64 {
      let skipped = unsafe min(count, length - offset)
      unsafe offset += skipped
      return skipped
    }
  }
}
