/// An image whose skips are zeros: for targets on which nothing old may stay.
///
/// Source: `docs/protocols/android-images.md` 2.4.
public struct ZeroFilledImage: ImageSource {
  private let source: any ImageSource

  public init(_ source: any ImageSource) { self.source = source }

  public var byteCount: UInt64? { source.byteCount }

  public func open() throws(ImageError) -> any ImageReader {
    if let seekable = try openSeekable() { return seekable }
    return ZeroFillingReader(try source.open())
  }

  public func openSeekable() throws(ImageError) -> (any SeekableImageReader)? {
    try source.openSeekable().map { SeekableZeroFillingReader($0) }
  }
}

extension ImageExtent {
  /// The same, a skip as zeros.
  fileprivate var filled: ImageExtent {
    if case .skip(let length) = self { .fill(.zeros, length: length) } else { self }
  }
}

/// One pass with skips as zeros. Used by one task at a time.
private final class ZeroFillingReader: ImageReader {
  private let reader: any ImageReader

  init(_ reader: any ImageReader) { self.reader = reader }

  func next() throws(ImageError) -> ImageExtent? { try reader.next()?.filled }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) { unsafe try reader.read(into: buffer) }
}

/// The same with any offset in reach.
private final class SeekableZeroFillingReader: SeekableImageReader {
  private let reader: any SeekableImageReader

  init(_ reader: any SeekableImageReader) { self.reader = reader }

  func next() throws(ImageError) -> ImageExtent? { try reader.next()?.filled }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) { unsafe try reader.read(into: buffer) }

  func seek(to offset: UInt64) throws(ImageError) { try reader.seek(to: offset) }
}
