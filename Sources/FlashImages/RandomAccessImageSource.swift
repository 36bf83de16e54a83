/// A stretch of random-access bytes as an image, filled up with one byte to a multiple where that is wanted.
///
/// Unlike `FileImageSource` it reads from what is already open, so that the bytes that were parsed are the bytes that
/// are copied, whatever happens to the path meanwhile.
public struct RandomAccessImageSource: ImageSource {
  private let bytes: any RandomAccessBytes
  /// Bytes that are used.
  public let range: Range<UInt64>

  /// Takes all bytes, or `range` of them, which must lie inside.
  public init(_ bytes: any RandomAccessBytes, range: Range<UInt64>? = nil) throws(ImageError) {
    let length = try bytes.length()
    if let range, range.upperBound > length {
      throw .shortRead(
        path: bytes.path, offset: range.lowerBound, expected: range.upperBound - range.lowerBound)
    }
    self.bytes = bytes
    self.range = range ?? 0..<length
  }

  public var byteCount: UInt64? { range.upperBound - range.lowerBound }

  public func open() throws(ImageError) -> any ImageReader { Reader(bytes: bytes, range: range) }

  /// One pass.
  @safe private final class Reader: SeekableImageReader {
    private let bytes: any RandomAccessBytes
    private let range: Range<UInt64>
    private nonisolated(unsafe) var position: UInt64
    private nonisolated(unsafe) var isStarted = false

    init(bytes: any RandomAccessBytes, range: Range<UInt64>) {
      self.bytes = bytes
      self.range = range
      unsafe position = range.lowerBound
    }

    func next() throws(ImageError) -> ImageExtent? {
      guard unsafe !isStarted, unsafe position < range.upperBound else { return nil }
      unsafe isStarted = true
      return unsafe .data(length: range.upperBound - position)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      unsafe try bytes.read(at: position, into: buffer)
      unsafe position += UInt64(buffer.count)
    }

    func seek(to offset: UInt64) throws(ImageError) {
      unsafe position = range.lowerBound + min(offset, range.upperBound - range.lowerBound)
      unsafe isStarted = false
    }
  }
}
