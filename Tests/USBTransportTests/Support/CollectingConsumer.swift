import FlashCore
import FlashImages

@testable import USBTransport

/// Keeps what a stream brings; with `failing`, refuses what goes beyond so many bytes.
final class CollectingConsumer: StreamConsumer {
  static let refusal = ImageError.system(operation: "write", path: "out", errno: 28)

  private let failing: Int?
  private let expected: Int?
  private let collected = Locked<[UInt8]>([])

  /// With `expected`, short transfers end nothing before so many bytes have come.
  init(failing: Int? = nil, expecting expected: Int? = nil) {
    self.failing = failing
    self.expected = expected
  }

  var bytes: [UInt8] { collected.withLock { $0 } }
  var endsAtShortTransfer: Bool { expected.map { bytes.count >= $0 } ?? true }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    if let failing, self.bytes.count + bytes.byteCount > failing { throw Self.refusal }
    bytes.withUnsafeBytes { buffer in collected.withLock { $0.append(contentsOf: buffer) } }
  }
}
