import WireFormat

/// What a compressed file expands to, unpacked while it is read; memory stays within the decoder's window.
///
/// Source: `docs/protocols/android-images.md` 4.
public struct CompressedBytes: ByteSource {
  public let format: CompressionFormat
  public let limits: DecompressionLimits
  private let compressed: any ByteSource

  /// `file` is compressed in this `format` (`CompressionFormat.detect`); throws when flashctl does not unpack it.
  public init(
    _ file: any RandomAccessBytes, format: CompressionFormat, limits: DecompressionLimits = .standard
  ) throws(ImageError) {
    try self.init(PlainBytes(file), format: format, limits: limits)
  }

  /// The same for bytes that come in order, such as a member of an archive.
  public init(
    _ compressed: any ByteSource, format: CompressionFormat, limits: DecompressionLimits = .standard
  ) throws(ImageError) {
    guard format.isUnpacked else {
      throw .compression(path: compressed.path, offset: 0, format: format, .unsupported)
    }
    self.compressed = compressed
    self.format = format
    self.limits = limits
  }

  public var path: String { compressed.path }

  /// Sizes that a file states of itself are no facts; a first pass learns the real one.
  public var byteCount: UInt64? { nil }

  public func openBytes() throws(ImageError) -> any ByteReader {
    let decoder: any Decoder
    do throws(CompressionDefect) { decoder = try format.decoder(limits) } catch {
      throw .compression(path: path, offset: 0, format: format, error)
    }
    return CompressedReader(
      try compressed.openBytes(), path: path, length: compressed.byteCount, format: format, decoder: decoder,
      limits: limits)
  }
}

/// One pass through compressed bytes. Used by one task at a time.
@safe private final class CompressedReader: ByteReader {
  private let compressed: any ByteReader
  private let path: String
  /// Compressed bytes in all; known at the end at the latest.
  private nonisolated(unsafe) var length: UInt64
  private let format: CompressionFormat
  private let decoder: any Decoder
  private let limits: DecompressionLimits
  /// Compressed bytes that have been read, and which of them the decoder has taken in.
  private let input = CopyBuffer()
  private nonisolated(unsafe) var inputCount = 0
  private nonisolated(unsafe) var inputDone = 0
  /// Where the next compressed bytes are read.
  private nonisolated(unsafe) var offset: UInt64 = 0
  private nonisolated(unsafe) var produced: UInt64 = 0
  private nonisolated(unsafe) var isInMember = true
  private nonisolated(unsafe) var isAtEnd = false

  init(
    _ compressed: any ByteReader, path: String, length: UInt64?, format: CompressionFormat, decoder: any Decoder,
    limits: DecompressionLimits
  ) {
    self.compressed = compressed
    self.path = path
    unsafe self.length = length ?? .max
    self.format = format
    self.decoder = decoder
    self.limits = limits
  }

  var position: UInt64 { unsafe produced }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var filled = 0
    while filled < buffer.count, unsafe !isAtEnd {
      if Task.isCancelled { throw .cancelled }
      try refill()
      guard try startMember() else { break }
      filled += try unsafe step(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
    }
    return filled
  }

  func skip(_ count: UInt64) throws(ImageError) -> UInt64 {
    let buffer = CopyBuffer()
    var skipped: UInt64 = 0
    while skipped < count {
      let piece = unsafe buffer.prefix(count - skipped)
      let read = unsafe try read(into: piece)
      skipped += UInt64(read)
      if read < piece.count { break }
    }
    return skipped
  }

  /// Reads on when the decoder has taken everything in.
  private func refill() throws(ImageError) {
    guard unsafe inputDone == inputCount, unsafe offset < length else { return }
    let piece = unsafe input.prefix(length - offset)
    let count = unsafe try compressed.read(into: piece)
    unsafe inputDone = 0
    unsafe inputCount = count
    unsafe offset += UInt64(count)
    if count < piece.count { unsafe length = offset }
  }

  private var pending: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: input.prefix(UInt64(inputCount))[inputDone...])
  }

  /// Whether there is another member to decode; begins it.
  private func startMember() throws(ImageError) -> Bool {
    guard unsafe !isInMember else { return true }
    let hasInput = unsafe !pending.isEmpty
    guard unsafe hasInput || offset < length else {
      unsafe isAtEnd = true
      return false
    }
    if format == .gzip, unsafe pending.first == 0 {
      try requireZeros()
      unsafe isAtEnd = true
      return false
    }
    try wrap { () throws(CompressionDefect) in try decoder.reset() }
    unsafe isInMember = true
    return true
  }

  /// A gzip file may be filled up with zeros (tapes, block devices) and with nothing else.
  private func requireZeros() throws(ImageError) {
    while unsafe !pending.isEmpty {
      if Task.isCancelled { throw .cancelled }
      if let other = unsafe pending.firstIndex(where: { $0 != 0 }) {
        unsafe inputDone += other
        throw failure(.trailingBytes)
      }
      unsafe inputDone = inputCount
      try refill()
    }
  }

  private func step(into output: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    let ends = unsafe offset >= length
    let input = unsafe pending
    let isDrained = unsafe input.isEmpty
    let step: DecoderStep
    do throws(CompressionDefect) {
      step = unsafe try decoder.decode(input, into: output, inputEnds: ends)
    } catch {
      throw failure(isBehindMember ? .trailingBytes : error)
    }
    unsafe inputDone += step.consumed
    unsafe produced += UInt64(step.produced)
    unsafe memberByteCount += UInt64(step.consumed)
    guard unsafe produced <= limits.expandedByteCount else {
      throw failure(.expandsBeyond(limit: limits.expandedByteCount))
    }
    if step.endsMember {
      unsafe isInMember = false
      unsafe memberCount += 1
      unsafe memberByteCount = 0
    } else if step.consumed == 0, step.produced == 0 {
      throw failure(ends && isDrained ? .truncated : .corrupt(reason: "no progress"))
    }
    return step.produced
  }

  /// Complete members, and bytes taken in of the one at hand.
  private nonisolated(unsafe) var memberCount = 0
  private nonisolated(unsafe) var memberByteCount: UInt64 = 0

  /// Whether what does not decode stands behind a complete member and never began as another one.
  private var isBehindMember: Bool {
    guard unsafe memberCount > 0, unsafe memberByteCount < 8 else { return false }
    let start = unsafe [UInt8](pending.prefix(8))
    return CompressionFormat.detect(start.rawSpan) != format
  }

  private func wrap(_ body: () throws(CompressionDefect) -> Void) throws(ImageError) {
    do throws(CompressionDefect) { try body() } catch { throw failure(error) }
  }

  /// An error at the compressed byte that the decoder has reached.
  private func failure(_ defect: CompressionDefect) -> ImageError {
    let reached = unsafe offset - UInt64(inputCount - inputDone)
    return .compression(path: path, offset: reached, format: format, defect)
  }
}
