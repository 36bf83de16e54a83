public import FlashImages
import Synchronization

/// Keeps what a device sends in memory: for reads whose size the caller has chosen.
public final class CollectedBytes: StreamConsumer {
  private let collected = Mutex<[UInt8]>([])

  public init() {}

  public var bytes: [UInt8] { collected.withLock { $0 } }

  public func consume(_ span: RawSpan) throws(ImageError) {
    collected.withLock { bytes in
      unsafe span.withUnsafeBytes { buffer in unsafe bytes.append(contentsOf: buffer) }
    }
  }
}

/// Hands bytes to a closure, and remembers what it throws.
public final class ClosureConsumer: StreamConsumer {
  private let sink: @Sendable (RawSpan) throws -> Void
  private let failure = Mutex<(any Error)?>(nil)

  public init(_ sink: @escaping @Sendable (RawSpan) throws -> Void) { self.sink = sink }

  /// What the closure threw, if it did.
  public var error: (any Error)? { failure.withLock { $0 } }

  public func consume(_ span: RawSpan) throws(ImageError) {
    do { try sink(span) } catch {
      failure.withLock { $0 = error }
      throw error as? ImageError ?? .cancelled
    }
  }
}
