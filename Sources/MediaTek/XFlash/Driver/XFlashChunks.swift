import FlashImages
import WireFormat

/// An image cut into chunks, each read as a whole before it is sent, because its checksum goes first.
///
/// Two buffers take turns, so that a chunk can be read while the one before it is sent. Used by one task at a time, but for
/// that.
@safe final class XFlashChunks: Sendable {
  private let stream: ImageStream
  private let imageByteCount: UInt64
  /// Bytes in all; what the image lacks is zeros.
  private let byteCount: UInt64
  private let buffers: [XFlashChunk]
  private nonisolated(unsafe) var turn = 0
  private nonisolated(unsafe) var position: UInt64 = 0
  private nonisolated(unsafe) var isReady = false
  /// Why there are no more chunks: a stream that has failed is not read again.
  private nonisolated(unsafe) var failure: ImageError?

  init(_ stream: ImageStream, imageByteCount: UInt64, byteCount: UInt64, chunkByteCount: Int) {
    self.stream = stream
    self.imageByteCount = min(imageByteCount, byteCount)
    self.byteCount = byteCount
    let capacity = Int(min(UInt64(max(1, chunkByteCount)), max(1, byteCount)))
    buffers = [XFlashChunk(capacity: capacity), XFlashChunk(capacity: capacity)]
  }

  /// Reads the next chunk, unless one is ready or all have been handed out.
  func prepare() throws(ImageError) {
    if let failure = unsafe failure { throw failure }
    guard unsafe !isReady, unsafe position < byteCount else { return }
    do throws(ImageError) { try unsafe fill(buffers[turn]) } catch {
      unsafe failure = error
      throw error
    }
  }

  /// The chunk that is ready, if one is. It is whole until the chunk behind the next one is prepared.
  func take() -> XFlashChunk? {
    guard unsafe isReady else { return nil }
    defer {
      unsafe isReady = false
      unsafe turn = 1 - turn
    }
    return unsafe buffers[turn]
  }

  private func fill(_ chunk: XFlashChunk) throws(ImageError) {
    let count = unsafe Int(min(UInt64(chunk.capacity), byteCount - position))
    let wanted = unsafe position < imageByteCount ? Int(min(UInt64(count), imageByteCount - position)) : 0
    let filled = try chunk.fill(from: stream, byteCount: wanted, paddedTo: count)
    guard filled == wanted else {
      throw unsafe .shortRead(path: "", offset: position, expected: imageByteCount - position)
    }
    unsafe position += UInt64(count)
    unsafe isReady = true
  }
}

/// The bytes of one chunk and their checksum.
@safe final class XFlashChunk: ImageReader {
  private nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer
  private nonisolated(unsafe) var count = 0
  private nonisolated(unsafe) var sum: UInt32 = 0
  /// Bytes that have been handed out, and whether the chunk has been announced.
  private nonisolated(unsafe) var taken = 0
  private nonisolated(unsafe) var isAnnounced = false

  init(capacity: Int) { unsafe buffer = .allocate(byteCount: capacity, alignment: 4096) }

  deinit { unsafe buffer.deallocate() }

  var capacity: Int { unsafe buffer.count }
  var byteCount: Int { unsafe count }
  /// Of all bytes (`docs/protocols/mtk-xflash.md` 9.2).
  var checksum: UInt32 { unsafe sum }

  /// Reads so many bytes, or fewer where the stream ends; returns how many. Zeros follow.
  fileprivate func fill(from stream: ImageStream, byteCount: Int, paddedTo whole: Int) throws(ImageError) -> Int {
    let filled =
      byteCount == 0 ? 0 : try unsafe stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount]))
    if filled < whole {
      _ = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<whole]).initializeMemory(
        as: UInt8.self, repeating: 0)
    }
    unsafe sum = XFlashChecksum.of(UnsafeRawBufferPointer(rebasing: buffer[..<whole]))
    unsafe count = whole
    unsafe taken = 0
    unsafe isAnnounced = false
    return filled
  }

  func next() throws(ImageError) -> ImageExtent? {
    guard unsafe !isAnnounced, unsafe count > 0 else { return nil }
    unsafe isAnnounced = true
    return unsafe .data(length: UInt64(count))
  }

  func read(into target: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let piece = unsafe min(target.count, count - taken)
    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[taken..<taken + piece]))
    unsafe taken += piece
  }
}
