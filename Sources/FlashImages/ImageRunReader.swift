/// An image cut into the runs that are written in one go: neighbouring data and fills together, skips between them.
///
/// ```swift
/// let runs = try ImageRunReader(image)
/// while let run = try runs.next() {
///   try await program(at: run.offset, byteCount: run.length, from: runs.stream())
/// }
/// ```
///
/// A source that can seek is looked through ahead, so that neighbours are joined whatever the number of their chunks; of
/// another (a compressed image) each extent is a run, because looking ahead would mean unpacking it twice. Used by one
/// task at a time.
@safe public final class ImageRunReader: Sendable {
  /// A stretch of the image that is written.
  public struct Run: Equatable, Sendable {
    /// Bytes from the image's start.
    public let offset: UInt64
    /// Bytes, more than 0.
    public let length: UInt64

    public init(offset: UInt64, length: UInt64) {
      self.offset = offset
      self.length = length
    }
  }

  private let reader: any ImageReader
  /// Looks for the end of the run while `reader` still is at its start.
  private let scout: (any SeekableImageReader)?
  private let maximumByteCount: UInt64
  private nonisolated(unsafe) var scoutPosition: UInt64 = 0
  private nonisolated(unsafe) var ahead: ImageExtent?
  private nonisolated(unsafe) var window: ImageWindow

  /// `maximumByteCount` limits a run, for protocols that limit a request; more than 0.
  public init(_ source: any ImageSource, maximumByteCount: UInt64 = .max) throws(ImageError) {
    reader = try source.open()
    scout = try source.openSeekable()
    self.maximumByteCount = max(1, maximumByteCount)
    unsafe window = ImageWindow(reader)
  }

  /// The next run, or `nil` at the end. What has not been read of the run before is left out.
  public func next() throws(ImageError) -> Run? {
    let window = unsafe window
    guard let start = try window.advanceToContent() else { return nil }
    // Never nothing, even if the file changes under the two readers.
    let length = max(window.extentLength, try lookAhead(from: start))
    window.limit(to: min(length, maximumByteCount))
    return Run(offset: start, length: min(length, maximumByteCount))
  }

  /// The bytes of the run that `next` returned; fills are written out.
  public func stream() -> ImageStream { unsafe ImageStream(continuing: window) }

  /// Where the run that begins at `start` ends: at a skip, at the image's end, or at the limit.
  private func lookAhead(from start: UInt64) throws(ImageError) -> UInt64 {
    guard let scout else { return 0 }
    var length: UInt64 = 0
    if unsafe scoutPosition > start, let extent = unsafe ahead {
      // The scout has returned an extent that reaches over the start already.
      let end = unsafe scoutPosition
      if extent.isSkip { return 0 }
      length = end - start
    } else {
      try catchUp(to: start, length: &length)
    }
    while length < maximumByteCount {
      guard let extent = try step(scout) else { break }
      if extent.isSkip { break }
      length += extent.length
    }
    return length
  }

  private func catchUp(to start: UInt64, length: inout UInt64) throws(ImageError) {
    guard let scout else { return }
    while unsafe scoutPosition <= start {
      guard let extent = try step(scout) else { return }
      if unsafe scoutPosition > start, !extent.isSkip { length = unsafe scoutPosition - start }
    }
  }

  private func step(_ scout: any SeekableImageReader) throws(ImageError) -> ImageExtent? {
    let extent = try scout.next()
    unsafe ahead = extent
    unsafe scoutPosition += extent?.length ?? 0
    return extent
  }
}

/// A reader that hands out another reader's extents up to a limit, and keeps the place in the image.
@safe private final class ImageWindow: ImageReader {
  private let reader: any ImageReader
  /// What is left of the other reader's extent.
  private nonisolated(unsafe) var rest: ImageExtent?
  private nonisolated(unsafe) var offset: UInt64 = 0
  /// Bytes of the run that have not been handed out.
  private nonisolated(unsafe) var left: UInt64 = 0
  /// What `next` returned last and is not read yet.
  private nonisolated(unsafe) var pending: UInt64 = 0

  init(_ reader: any ImageReader) { self.reader = reader }

  var extentLength: UInt64 { unsafe rest?.length ?? 0 }

  func limit(to length: UInt64) { unsafe left = length }

  /// Passes over the rest of the run and over skips, and returns the offset of what follows.
  func advanceToContent() throws(ImageError) -> UInt64? {
    while unsafe left > 0, try next() != nil {}
    try dropPending()
    while true {
      if let extent = unsafe rest, extent.length > 0, !extent.isSkip { return unsafe offset }
      unsafe offset += rest?.length ?? 0
      guard let extent = try reader.next() else {
        unsafe rest = nil
        return nil
      }
      unsafe rest = extent
    }
  }

  func next() throws(ImageError) -> ImageExtent? {
    try dropPending()
    guard unsafe left > 0 else { return nil }
    while unsafe (rest?.length ?? 0) == 0 {
      guard let extent = try reader.next() else { return nil }
      unsafe rest = extent
    }
    guard let extent = unsafe rest?.prefix(left) else { return nil }
    unsafe left -= extent.length
    if case .data(let length) = extent {
      unsafe pending = length
    } else {
      consume(extent.length)
    }
    return extent
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try reader.read(into: buffer)
    let count = UInt64(buffer.count)
    unsafe pending -= min(pending, count)
    consume(count)
  }

  private func consume(_ count: UInt64) {
    unsafe offset += count
    unsafe rest = rest?.dropping(count)
  }

  /// Data that the caller did not want are read all the same where the extent goes on behind them.
  private func dropPending() throws(ImageError) {
    guard unsafe pending > 0 else { return }
    if unsafe pending == rest?.length ?? 0 {
      let count = unsafe pending
      unsafe pending = 0
      consume(count)
      return
    }
    let buffer = CopyBuffer()
    while unsafe pending > 0 { unsafe try read(into: buffer.prefix(pending)) }
  }
}
