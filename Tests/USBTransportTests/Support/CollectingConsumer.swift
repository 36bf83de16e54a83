import FlashCore
import FlashImages

@testable import USBTransport

/// Keeps what a stream brings; with `failing`, refuses what goes beyond so many bytes.
final class CollectingConsumer: StreamConsumer {
  static let refusal = ImageError.system(operation: "write", path: "out", errno: 28)

  private let failing: Int?
  private let collected = Locked<[UInt8]>([])

  init(failing: Int? = nil) { self.failing = failing }

  var bytes: [UInt8] { collected.withLock { $0 } }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    if let failing, self.bytes.count + bytes.byteCount > failing { throw Self.refusal }
    bytes.withUnsafeBytes { buffer in collected.withLock { $0.append(contentsOf: buffer) } }
  }
}
