import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// Passes the first bytes of a stream on and keeps what comes behind them.
final class LimitedConsumer: StreamConsumer {
  private struct State {
    var passed: UInt64 = 0
    var surplus: [UInt8] = []
  }

  private let consumer: any StreamConsumer
  private let limit: UInt64
  private let state = Mutex(State())

  init(_ consumer: any StreamConsumer, limit: UInt64) {
    self.consumer = consumer
    self.limit = limit
  }

  /// Behind the limit nothing is asked for again: requests are rounded up to whole packets.
  var endsAtShortTransfer: Bool { passed == limit || consumer.endsAtShortTransfer }
  /// Bytes that were passed on.
  var passed: UInt64 { state.withLock { $0.passed } }
  /// Bytes behind the limit, fewer than a packet has: requests are whole packets.
  var surplus: [UInt8] { state.withLock { $0.surplus } }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    let room = limit - passed
    let count = Int(min(UInt64(bytes.byteCount), room))
    if count > 0 { try consumer.consume(bytes.extracting(0..<count)) }
    let rest: [UInt8] =
      count < bytes.byteCount
      ? unsafe bytes.extracting(count..<bytes.byteCount).withUnsafeBytes { unsafe [UInt8]($0) } : []
    state.withLock { state in
      state.passed += UInt64(count)
      state.surplus += rest
    }
  }
}
