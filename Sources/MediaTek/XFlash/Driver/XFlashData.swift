import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// What a session with image data works on, and whether somebody wants it to end.
struct XFlashData: Sendable {
  /// A wish to leave, which a session heeds between two chunks.
  final class Wish: Sendable {
    private let flag = Mutex(false)
    var isSet: Bool { flag.withLock { $0 } }
    func set() { flag.withLock { $0 = true } }
  }

  private final class Failure: Sendable {
    let error = Mutex<XFlashError?>(nil)
  }

  var chunks: XFlashChunks?
  var output: XFlashOutput?
  let wish = Wish()
  private let failure = Failure()

  init(sending chunks: XFlashChunks) { self.chunks = chunks }
  init(receiving output: XFlashOutput) { self.output = output }
  init() {}

  /// Why the host gave up.
  func keep(_ error: XFlashError) { failure.error.withLock { $0 = $0 ?? error } }

  /// What a session that the host has ended is reported as.
  var reason: XFlashError {
    if let error = output?.failure { return .output(error) }
    return failure.error.withLock { $0 } ?? .cancelled
  }
}

/// Where data from the device go. A failure is kept, and what is under way is read on, so that the agent can be told.
final class XFlashOutput: StreamConsumer {
  private let consumer: any StreamConsumer
  private let error = Mutex<ImageError?>(nil)

  init(_ consumer: any StreamConsumer) { self.consumer = consumer }

  var failure: ImageError? { error.withLock { $0 } }
  var isWanted: Bool { failure == nil }
  /// Devices may send empty packets before a frame's data.
  var endsAtShortTransfer: Bool { false }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    guard isWanted else { return }
    do throws(ImageError) { try consumer.consume(bytes) } catch {
      self.error.withLock { $0 = error }
    }
  }
}

/// An image cut into chunks, each read as a whole before it is sent, because its checksum goes first.
///
/// One buffer serves them all. Used by one task at a time.
@safe final class XFlashChunks: ImageReader {
  private let stream: ImageStream
  private let imageByteCount: UInt64
  /// Bytes in all; what the image lacks is zeros.
  private let byteCount: UInt64
  private nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer
  private nonisolated(unsafe) var position: UInt64 = 0
  private nonisolated(unsafe) var prepared = 0
  /// Bytes of the chunk that have been handed out, and whether it has been announced.
  private nonisolated(unsafe) var taken = 0
  private nonisolated(unsafe) var isAnnounced = false
  private nonisolated(unsafe) var sum: UInt32 = 0
  /// Why there are no more chunks: a stream that has failed is not read again.
  private nonisolated(unsafe) var failure: ImageError?

  init(_ stream: ImageStream, imageByteCount: UInt64, byteCount: UInt64, chunkByteCount: Int) {
    self.stream = stream
    self.imageByteCount = min(imageByteCount, byteCount)
    self.byteCount = byteCount
    let capacity = Int(min(UInt64(max(1, chunkByteCount)), max(1, byteCount)))
    unsafe buffer = .allocate(byteCount: capacity, alignment: 4096)
  }

  deinit { unsafe buffer.deallocate() }

  /// Bytes of the chunk that is ready, 0 for none.
  var preparedByteCount: Int { unsafe prepared }
  var checksum: UInt32 { unsafe sum }

  /// Reads the next chunk, unless one is ready or all have been sent.
  func prepare() throws(ImageError) {
    if let failure = unsafe failure { throw failure }
    guard unsafe prepared == 0, unsafe position < byteCount else { return }
    do throws(ImageError) { try fill() } catch {
      unsafe failure = error
      throw error
    }
  }

  private func fill() throws(ImageError) {
    let count = unsafe Int(min(UInt64(buffer.count), byteCount - position))
    let wanted = unsafe position < imageByteCount ? Int(min(UInt64(count), imageByteCount - position)) : 0
    if wanted > 0 {
      let filled = try unsafe stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
      guard filled == wanted else {
        throw unsafe .shortRead(path: "", offset: position, expected: imageByteCount - position)
      }
    }
    if wanted < count {
      _ = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[wanted..<count]).initializeMemory(
        as: UInt8.self, repeating: 0)
    }
    unsafe sum = XFlashChecksum.of(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    unsafe position += UInt64(count)
    unsafe prepared = count
    unsafe taken = 0
    unsafe isAnnounced = false
  }

  func next() throws(ImageError) -> ImageExtent? {
    guard unsafe !isAnnounced, unsafe prepared > 0 else { return nil }
    unsafe isAnnounced = true
    return unsafe .data(length: UInt64(prepared))
  }

  func read(into target: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let count = unsafe min(target.count, prepared - taken)
    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[taken..<taken + count]))
    unsafe taken += count
    if unsafe taken == prepared { unsafe prepared = 0 }
  }
}
