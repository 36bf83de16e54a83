import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// Where data of an agent go. When they cannot be kept the rest is taken all the same: the device is told behind the chunk.
final class XMLAgentSink: StreamConsumer {
  private struct State {
    var failure: ImageError?
    /// Bytes of the chunk that have not come yet.
    var left: UInt64 = 0
  }

  private let output: any StreamConsumer
  private let state = Mutex(State())

  init(_ output: any StreamConsumer) { self.output = output }

  var failure: ImageError? { state.withLock { $0.failure } }

  /// Short transfers end nothing but a whole chunk: some agents send one in pieces.
  var endsAtShortTransfer: Bool { state.withLock { $0.left == 0 } }

  /// A chunk of so many bytes comes.
  func expect(_ byteCount: UInt64) { state.withLock { $0.left = byteCount } }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    let count = UInt64(bytes.byteCount)
    state.withLock { $0.left -= min($0.left, count) }
    guard failure == nil else { return }
    do throws(ImageError) { try output.consume(bytes) } catch { state.withLock { $0.failure = error } }
  }
}

/// Keeps what a device sends in memory: documents, whose size the session has limited.
final class XMLAgentMemory: StreamConsumer {
  private let collected = Mutex<[UInt8]>([])

  var bytes: [UInt8] { collected.withLock { $0 } }

  func consume(_ span: RawSpan) throws(ImageError) {
    let piece = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
    collected.withLock { $0 += piece }
  }
}
