/// An image as a plain run of bytes: fills and skips are written out, data is read straight into the caller's buffer.
///
/// For protocols that know no extents (Mk II, Sahara), and for one run of an image (`ImageRunReader`). Used by one task
/// at a time.
@safe public final class ImageStream: Sendable {
  private let reader: any ImageReader
  private nonisolated(unsafe) var current: ImageExtent?
  private nonisolated(unsafe) var left: UInt64 = 0

  /// Starts at the image's first byte.
  public init(_ source: any ImageSource) throws(ImageError) {
    reader = try source.open()
  }

  /// Goes on where `reader` is.
  public init(continuing reader: any ImageReader) { self.reader = reader }

  /// Fills `buffer` with the next bytes and returns how many there were: fewer than asked only at the image's end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var filled = 0
    while filled < buffer.count {
      while unsafe left == 0 {
        guard let extent = try reader.next() else { return filled }
        unsafe current = extent
        unsafe left = extent.length
      }
      let count = unsafe Int(min(left, UInt64(buffer.count - filled)))
      let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
      switch unsafe current {
      case .data: try unsafe reader.read(into: piece)
      case .fill(let pattern, let length): unsafe pattern.rotated(by: length - left).fill(piece)
      case .skip, nil: unsafe piece.initializeMemory(as: UInt8.self, repeating: 0)
      }
      unsafe left -= UInt64(count)
      filled += count
    }
    return filled
  }
}
