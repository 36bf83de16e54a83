/// An image of one pattern, which lies nowhere: what zeroing a range writes.
public struct FillImageSource: ImageSource, Equatable {
  public let pattern: FillPattern
  private let length: UInt64

  /// `byteCount` is in bytes.
  public init(_ pattern: FillPattern, byteCount: UInt64) {
    self.pattern = pattern
    length = byteCount
  }

  public var byteCount: UInt64? { length }

  public func open() throws(ImageError) -> any ImageReader { Reader(self) }

  /// One pass.
  @safe private final class Reader: SeekableImageReader {
    private let source: FillImageSource
    private nonisolated(unsafe) var position: UInt64 = 0

    init(_ source: FillImageSource) { self.source = source }

    func next() throws(ImageError) -> ImageExtent? {
      let left = unsafe source.length - position
      guard left > 0 else { return nil }
      let pattern = unsafe source.pattern.rotated(by: position)
      unsafe position = source.length
      return .fill(pattern, length: left)
    }

    /// Fills have no data; nobody reads them.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) { unsafe source.pattern.fill(buffer) }

    func seek(to offset: UInt64) throws(ImageError) { unsafe position = min(offset, source.length) }
  }
}
