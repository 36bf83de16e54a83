import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// Bytes on their way from a file to an agent, in exactly the announced number.
///
/// When the file fails or ends early, zeros follow: the device counts bytes, and can be told only behind a chunk that something
/// is wrong.
final class XMLAgentDataReader: ImageReader {
  private struct State {
    var extents: [ImageExtent]
    var error: ImageError?
    var position: UInt64 = 0
  }

  private let stream: ImageStream
  private let state: Mutex<State>
  /// Bytes that the image has; what is behind them is padding.
  private let imageByteCount: UInt64

  /// `byteCount` bytes in all, of which the image has `imageByteCount`.
  init(_ stream: ImageStream, byteCount: UInt64, imageByteCount: UInt64) {
    self.stream = stream
    self.imageByteCount = imageByteCount
    state = Mutex(State(extents: [.data(length: byteCount)]))
  }

  /// Why zeros were sent in place of the image.
  var error: ImageError? { state.withLock { $0.error } }

  func next() throws(ImageError) -> ImageExtent? { state.withLock { $0.extents.popLast() } }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let (position, hasFailed) = state.withLock { ($0.position, $0.error != nil) }
    let left = position < imageByteCount ? imageByteCount - position : 0
    let wanted = Int(min(UInt64(buffer.count), left))
    var filled = 0
    if !hasFailed, wanted > 0 {
      do throws(ImageError) {
        filled = try unsafe stream.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
        if filled < wanted { throw .shortRead(path: "", offset: position, expected: left) }
      } catch {
        state.withLock { $0.error = error }
      }
    }
    if filled < buffer.count {
      _ = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).initializeMemory(
        as: UInt8.self, repeating: 0)
    }
    let count = UInt64(buffer.count)
    state.withLock { $0.position += count }
  }
}
