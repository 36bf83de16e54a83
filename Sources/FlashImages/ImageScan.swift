/// A first pass over an image: how long it is, and what it consists of.
///
/// For sources that learn their length by reading (compressed images); the pass proves their integrity as well.
public struct ImageScan: Equatable, Sendable {
  /// Bytes of the expanded image.
  public private(set) var byteCount: UInt64 = 0
  public private(set) var dataByteCount: UInt64 = 0
  public private(set) var fillByteCount: UInt64 = 0
  public private(set) var skipByteCount: UInt64 = 0

  /// Reads the image to its end.
  ///
  /// `onBytes` gets every byte of the expanded image in order, skips as zeros, for a digest; without it nothing is
  /// written out. `progress` gets the number of bytes passed.
  public init(
    _ image: any ImageSource, onBytes: ((UnsafeRawBufferPointer) -> Void)? = nil,
    progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) {
    let reader = try image.open()
    let buffer = CopyBuffer()
    while let extent = try reader.next() {
      let (end, overflows) = byteCount.addingReportingOverflow(extent.length)
      guard !overflows else { throw .tooLarge(path: "image", byteCount: .max) }
      switch extent {
      case .data(let length): dataByteCount += length
      case .fill(_, let length): fillByteCount += length
      case .skip(let length): skipByteCount += length
      }
      unsafe try Self.pass(extent, reader, buffer, onBytes) { progress(byteCount + $0) }
      byteCount = end
    }
  }

  private static func pass(
    _ extent: ImageExtent, _ reader: any ImageReader, _ buffer: CopyBuffer,
    _ onBytes: ((UnsafeRawBufferPointer) -> Void)?, _ progress: (UInt64) -> Void
  ) throws(ImageError) {
    var isData = false
    switch extent {
    case .data: isData = true
    case .fill(let pattern, let length): if unsafe onBytes != nil { unsafe pattern.fill(buffer.prefix(length)) }
    case .skip(let length): if unsafe onBytes != nil { unsafe FillPattern.zeros.fill(buffer.prefix(length)) }
    }
    guard unsafe isData || onBytes != nil else { return progress(extent.length) }
    var left = extent.length
    while left > 0 {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(left)
      if isData { unsafe try reader.read(into: piece) }
      unsafe onBytes?(UnsafeRawBufferPointer(piece))
      left -= UInt64(piece.count)
      progress(extent.length - left)
    }
  }
}
