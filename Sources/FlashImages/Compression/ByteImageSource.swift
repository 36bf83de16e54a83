/// Bytes that come in order, as an image without fills and skips.
///
/// When the length is not known, it comes in pieces of at most 1 MiB; when it is, as one run that is read straight into
/// the caller's buffer, and bytes that are missing or too many are an error.
public struct ByteImageSource: ImageSource {
  private let bytes: any ByteSource
  public let byteCount: UInt64?

  /// `byteCount` is what a first pass found, where there was one.
  public init(_ bytes: any ByteSource, byteCount: UInt64? = nil) {
    self.bytes = bytes
    self.byteCount = byteCount ?? bytes.byteCount
  }

  public func open() throws(ImageError) -> any ImageReader {
    let reader = try bytes.openBytes()
    return byteCount.map { KnownLengthReader(reader, byteCount: $0, path: bytes.path) } ?? PieceReader(reader)
  }
}

/// A pass over bytes whose number is known.
@safe private final class KnownLengthReader: ImageReader {
  private let reader: any ByteReader
  private let byteCount: UInt64
  private let path: String
  private nonisolated(unsafe) var isStarted = false

  init(_ reader: any ByteReader, byteCount: UInt64, path: String) {
    self.reader = reader
    self.byteCount = byteCount
    self.path = path
  }

  func next() throws(ImageError) -> ImageExtent? {
    guard unsafe isStarted || byteCount == 0 else {
      unsafe isStarted = true
      return .data(length: byteCount)
    }
    // Reading on makes the decoder compare its checksum.
    let passed = try reader.skip(byteCount - min(byteCount, reader.position))
    guard try reader.skip(1) == 0, reader.position == byteCount else {
      throw .shortRead(path: path, offset: reader.position - passed, expected: byteCount)
    }
    return nil
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let offset = reader.position
    guard try unsafe reader.read(into: buffer) == buffer.count else {
      throw .shortRead(path: path, offset: offset, expected: UInt64(buffer.count))
    }
  }
}

/// A pass over bytes of unknown number, a piece at a time.
@safe private final class PieceReader: ImageReader {
  private let reader: any ByteReader
  private let buffer = CopyBuffer()
  private nonisolated(unsafe) var count = 0
  private nonisolated(unsafe) var done = 0

  init(_ reader: any ByteReader) { self.reader = reader }

  func next() throws(ImageError) -> ImageExtent? {
    unsafe count = try reader.read(into: buffer.prefix(UInt64(CopyBuffer.byteCount)))
    unsafe done = 0
    return unsafe count == 0 ? nil : .data(length: UInt64(count))
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let available = unsafe self.buffer.prefix(UInt64(count))[done...].prefix(buffer.count)
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: available))
    unsafe done += available.count
  }
}
