/// One run of an image, in order: bytes to send, a pattern to fill with, or a stretch that is left as it is.
public enum ImageExtent: Equatable, Sendable {
  /// `length` bytes that `ImageReader.read` delivers.
  case data(length: UInt64)
  /// `length` bytes of a pattern that begins with the extent.
  case fill(FillPattern, length: UInt64)
  /// `length` bytes that the image says nothing about; a target that cannot skip writes zeros.
  case skip(length: UInt64)

  /// Bytes this extent covers in the flashed image.
  public var length: UInt64 {
    switch self {
    case .data(let length), .fill(_, let length), .skip(let length): length
    }
  }

  public var isSkip: Bool { if case .skip = self { true } else { false } }

  /// What is left behind the first `count` bytes, which the extent has.
  public func dropping(_ count: UInt64) -> ImageExtent {
    switch self {
    case .data(let length): .data(length: length - min(count, length))
    case .fill(let pattern, let length): .fill(pattern.rotated(by: count), length: length - min(count, length))
    case .skip(let length): .skip(length: length - min(count, length))
    }
  }

  /// The first `count` bytes, or all when there are fewer.
  public func prefix(_ count: UInt64) -> ImageExtent {
    switch self {
    case .data(let length): .data(length: min(count, length))
    case .fill(let pattern, let length): .fill(pattern, length: min(count, length))
    case .skip(let length): .skip(length: min(count, length))
    }
  }
}

/// What is written to a device: opened as often as needed, read from front to back each time.
public protocol ImageSource: Sendable {
  /// The flashed size in bytes; `nil` when only a first pass can tell (`ImageScan`).
  var byteCount: UInt64? { get }
  /// Starts reading at the first byte.
  func open() throws(ImageError) -> any ImageReader
  /// A reader that can go to any offset cheaply; `nil` where the source has none (compressed images).
  func openSeekable() throws(ImageError) -> (any SeekableImageReader)?
}

extension ImageSource {
  public func openSeekable() throws(ImageError) -> (any SeekableImageReader)? {
    try open() as? any SeekableImageReader
  }
}

/// One pass over an image. Used by one task at a time.
public protocol ImageReader: AnyObject, Sendable {
  /// The next extent, or `nil` at the end. Data not yet read of the extent before is skipped.
  func next() throws(ImageError) -> ImageExtent?
  /// Fills `buffer` with the next bytes of the data extent that `next` returned.
  ///
  /// `buffer` must not be longer than what is left of that extent.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError)
}

/// A reader that goes to any offset of the image.
public protocol SeekableImageReader: ImageReader {
  /// Goes to `offset` in the flashed image: `next` returns what is left there of the extent it lies in, or `nil`
  /// from the end on.
  func seek(to offset: UInt64) throws(ImageError)
}
