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
  public let holes: Holes

  /// What becomes of stretches that the file system does not store.
  public enum Holes: Equatable, Sendable {
    /// They are read like everything else, as zeros.
    case read
    /// They become fills with zeros, which costs no reading.
    case zeros
    /// They become skips: the target keeps what it has there.
    case skip
  }

  /// Holes beyond this many are read as zeros.
  static let maximumHoleCount = 1 << 16

  /// Takes the whole file, or `range` of it, which must lie inside.
  public init(
    path: String, range: Range<UInt64>? = nil, padding: Padding? = nil, holes: Holes = .read
  ) throws(ImageError) {
    let length = try RegularFile(path: path).length()
    if let range, range.upperBound > length {
      throw .shortRead(path: path, offset: range.lowerBound, expected: range.upperBound - range.lowerBound)
    }
    self.path = path
    self.range = range ?? 0..<length
    self.padding = padding
    self.holes = holes
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
@safe private final class FileImageReader: SeekableImageReader {
  private let file: RegularFile
  private let source: FileImageSource
  private nonisolated(unsafe) var extents: ExtentList
  /// Where the data of the extent at hand go on, and where the next extent begins, both in the file.
  private nonisolated(unsafe) var position: UInt64
  private nonisolated(unsafe) var nextPosition: UInt64

  init(file: RegularFile, source: FileImageSource) {
    self.file = file
    self.source = source
    unsafe position = source.range.lowerBound
    unsafe nextPosition = source.range.lowerBound
    var list = Self.extents(of: source, in: file)
    if let padding = source.padding, source.paddingByteCount > 0 {
      list.append(.fill(FillPattern(byte: padding.byte), length: source.paddingByteCount))
    }
    unsafe extents = ExtentList(list)
  }

  private static func extents(of source: FileImageSource, in file: RegularFile) -> [ImageExtent] {
    switch source.holes {
    case .read: [.data(length: source.range.upperBound - source.range.lowerBound)]
    case .zeros, .skip:
      file.storedRuns(of: source.range, limit: FileImageSource.maximumHoleCount).map { run in
        run.isStored
          ? .data(length: run.length)
          : source.holes == .skip ? .skip(length: run.length) : .fill(.zeros, length: run.length)
      }
    }
  }

  func next() throws(ImageError) -> ImageExtent? {
    let extent = unsafe extents.next()
    unsafe position = nextPosition
    unsafe nextPosition += extent?.length ?? 0
    return extent
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try file.read(at: position, into: buffer)
    unsafe position += UInt64(buffer.count)
  }

  func seek(to offset: UInt64) throws(ImageError) {
    let offset = min(offset, source.byteCount ?? 0)
    unsafe extents.seek(to: offset)
    unsafe nextPosition = source.range.lowerBound + offset
    unsafe position = nextPosition
  }
}
