import SystemPackage

/// A range of a file, filled up with one byte to a multiple where the protocol wants that.
///
/// The file is opened anew for each pass, so one source can be read by several passes; its length is looked at
/// once, when the source is made, and a file that shrinks afterwards gives `ImageError.shortRead`.
public struct FileImageSource: ImageSource, Equatable {
  /// What is appended after the file's bytes.
  public struct Padding: Equatable, Sendable {
    public var byte: UInt8
    public var multiple: UInt64

    /// `multiple` is in bytes and at least 1.
    public init(byte: UInt8, toMultipleOf multiple: UInt64) {
      self.byte = byte
      self.multiple = max(1, multiple)
    }
  }

  public let path: String
  /// Bytes of the file that are used.
  public let range: Range<UInt64>
  public let padding: Padding?

  /// Takes the whole file, or `range` of it, which must lie inside.
  public init(path: String, range: Range<UInt64>? = nil, padding: Padding? = nil) throws(ImageError) {
    let length = try RegularFile(path: path).length()
    if let range, range.upperBound > length {
      throw .shortRead(path: path, offset: range.lowerBound, expected: range.upperBound - range.lowerBound)
    }
    self.path = path
    self.range = range ?? 0..<length
    self.padding = padding
  }

  /// Bytes of padding after the file's own.
  public var paddingByteCount: UInt64 {
    guard let padding else { return 0 }
    let rest = (range.upperBound - range.lowerBound) % padding.multiple
    return rest == 0 ? 0 : padding.multiple - rest
  }

  public var byteCount: UInt64? { range.upperBound - range.lowerBound + paddingByteCount }

  public func open() throws(ImageError) -> any ImageReader {
    FileImageReader(file: try RegularFile(path: path), source: self)
  }
}

/// One pass over a `FileImageSource`.
@safe private final class FileImageReader: ImageReader {
  private let file: RegularFile
  private nonisolated(unsafe) var position: UInt64
  private nonisolated(unsafe) var remainingExtents: [ImageExtent]

  init(file: RegularFile, source: FileImageSource) {
    self.file = file
    unsafe position = source.range.lowerBound
    var extents: [ImageExtent] = []
    if !source.range.isEmpty { extents.append(.data(length: source.range.upperBound - source.range.lowerBound)) }
    if let padding = source.padding, source.paddingByteCount > 0 {
      extents.append(.fill(byte: padding.byte, length: source.paddingByteCount))
    }
    unsafe remainingExtents = extents.reversed()
  }

  func next() throws(ImageError) -> ImageExtent? { unsafe remainingExtents.popLast() }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try file.read(at: position, into: buffer)
    unsafe position += UInt64(buffer.count)
  }
}
