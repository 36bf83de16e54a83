import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// Where data of an agent go. When they cannot be kept the rest is taken all the same: the device is told behind the chunk.
final class XMLAgentSink: StreamConsumer {
  private let output: any StreamConsumer
  private let state = Mutex<ImageError?>(nil)

  init(_ output: any StreamConsumer) { self.output = output }

  var failure: ImageError? { state.withLock { $0 } }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    guard failure == nil else { return }
    do throws(ImageError) { try output.consume(bytes) } catch { state.withLock { $0 = error } }
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
