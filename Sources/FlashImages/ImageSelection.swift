/// An image of which only some ranges are written: everything else becomes skips, its length stays.
public struct ImageSelection: ImageSource {
  private let source: any ImageSource
  private let ranges: [Range<UInt64>]

  /// `ranges` are ascending and do not overlap; they count from the image's first byte.
  public init(_ source: any ImageSource, ranges: [Range<UInt64>]) {
    self.source = source
    self.ranges = ranges.filter { !$0.isEmpty }
  }

  public var byteCount: UInt64? { source.byteCount }

  public func open() throws(ImageError) -> any ImageReader {
    if let seekable = try openSeekable() { return seekable }
    return ImageCutReader(try source.open(), ranges: ranges, .skipped)
  }

  public func openSeekable() throws(ImageError) -> (any SeekableImageReader)? {
    try source.openSeekable().map { ImageCutReader($0, ranges: ranges, .skipped) }
  }
}

/// A stretch of an image, as an image.
public struct ImageSlice: ImageSource {
  private let source: any ImageSource
  private let range: Range<UInt64>

  /// `range` counts from the image's first byte. An image that ends before it does gives `ImageError.shortRead` when its
  /// end is reached.
  public init(_ source: any ImageSource, range: Range<UInt64>) {
    self.source = source
    self.range = range
  }

  public var byteCount: UInt64? { range.upperBound - range.lowerBound }

  public func open() throws(ImageError) -> any ImageReader {
    if let seekable = try openSeekable() { return seekable }
    return ImageCutReader(try source.open(), ranges: [range], .left(out: range.lowerBound))
  }

  public func openSeekable() throws(ImageError) -> (any SeekableImageReader)? {
    guard let reader = try source.openSeekable() else { return nil }
    let cut = ImageCutReader(reader, ranges: [range], .left(out: range.lowerBound))
    try cut.seek(to: 0)
    return cut
  }
}

/// One pass over the ranges of another reader's image.
@safe private final class ImageCutReader: SeekableImageReader {
  /// What becomes of the bytes outside of the ranges.
  enum Outside: Equatable {
    case skipped
    /// They do not exist: offset 0 is that many bytes into the other image, and it ends with the range.
    case left(out: UInt64)
  }

  private let reader: any ImageReader
  private let seekable: (any SeekableImageReader)?
  private let ranges: [Range<UInt64>]
  private let outside: Outside
  /// Where `rest` begins, in the other image.
  private nonisolated(unsafe) var offset: UInt64 = 0
  /// What is left of the other reader's extent.
  private nonisolated(unsafe) var rest: ImageExtent?
  /// What `next` returned last of it and is not read yet.
  private nonisolated(unsafe) var pending: UInt64 = 0

  init(_ reader: any ImageReader, ranges: [Range<UInt64>], _ outside: Outside) {
    self.reader = reader
    seekable = reader as? any SeekableImageReader
    self.ranges = ranges
    self.outside = outside
  }

  func next() throws(ImageError) -> ImageExtent? {
    unsafe try discard(pending)
    while true {
      if outside != .skipped, unsafe offset >= (ranges.last?.upperBound ?? 0) { return nil }
      if unsafe rest == nil, try !fetch() { return try end() }
      guard let extent = unsafe rest else { return nil }
      let position = unsafe offset
      let range = ranges.first { $0.upperBound > position }
      guard let range, range.lowerBound <= position else {
        let gap = min(extent.length, (range?.lowerBound ?? .max) - position)
        try discard(gap)
        if outside == .skipped { return .skip(length: gap) }
        continue
      }
      let piece = extent.prefix(range.upperBound - position)
      if case .data(let length) = piece {
        unsafe pending = length
      } else {
        try discard(piece.length)
      }
      return piece
    }
  }

  private func fetch() throws(ImageError) -> Bool {
    while let extent = try reader.next() {
      guard extent.length > 0 else { continue }
      unsafe rest = extent
      return true
    }
    return false
  }

  /// The other image is at its end; a stretch of it must not be.
  private func end() throws(ImageError) -> ImageExtent? {
    guard outside != .skipped, let range = ranges.last, unsafe offset < range.upperBound else { return nil }
    throw unsafe .shortRead(path: "image", offset: offset, expected: range.upperBound - offset)
  }

  /// Passes over `count` bytes, which `rest` has.
  private func discard(_ count: UInt64) throws(ImageError) {
    guard count > 0, let extent = unsafe rest else { return }
    unsafe pending = 0
    if count >= extent.length {
      unsafe rest = nil
    } else if case .data = extent {
      try passOver(count, of: extent)
    } else {
      unsafe rest = extent.dropping(count)
    }
    unsafe offset += count
  }

  private func passOver(_ count: UInt64, of extent: ImageExtent) throws(ImageError) {
    if let seekable {
      unsafe try seekable.seek(to: offset + count)
      unsafe rest = nil
      return
    }
    let buffer = CopyBuffer()
    var left = count
    while left > 0 {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(left)
      unsafe try reader.read(into: piece)
      left -= UInt64(piece.count)
    }
    unsafe rest = extent.dropping(count)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try reader.read(into: buffer)
    let count = UInt64(buffer.count)
    unsafe pending -= min(pending, count)
    unsafe offset += count
    let extent = unsafe rest
    unsafe rest = extent.flatMap { $0.length > count ? $0.dropping(count) : nil }
  }

  func seek(to offset: UInt64) throws(ImageError) {
    guard let seekable else { throw .notSeekable(path: "image") }
    var target = offset
    if case .left(let start) = outside {
      let (sum, overflows) = start.addingReportingOverflow(offset)
      target = overflows ? .max : sum
    }
    try seekable.seek(to: target)
    unsafe self.offset = target
    unsafe rest = nil
    unsafe pending = 0
  }
}
