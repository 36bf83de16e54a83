/// One run of an image, in order: bytes to send, a pattern to fill with, or a stretch that is left as it is.
public enum ImageExtent: Equatable, Sendable {
  /// `length` bytes that `ImageReader.read` delivers.
  case data(length: UInt64)
  /// `length` bytes of one repeated byte.
  case fill(byte: UInt8, length: UInt64)
  /// `length` bytes that the image says nothing about; a target that cannot skip writes zeros.
  case skip(length: UInt64)

  /// Bytes this extent covers in the flashed image.
  public var length: UInt64 {
    switch self {
    case .data(let length), .fill(_, let length), .skip(let length): length
    }
  }
}

/// What is written to a device: opened as often as needed, read from front to back each time.
public protocol ImageSource: Sendable {
  /// The flashed size in bytes; `nil` when only a first pass can tell.
  var byteCount: UInt64? { get }
  /// Starts reading at the first byte.
  func open() throws(ImageError) -> any ImageReader
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
