import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// What a stream of raw data brings: the data for whoever wants them, what follows them, or a response in their place.
///
/// Devices end their pieces with short or empty packets as they please, so such a packet ends nothing.
final class FirehoseRawConsumer: StreamConsumer {
  private struct State {
    var data: FirehoseRawReceiver
    var reply: FirehoseReply?
    /// What came behind the data: the beginning of the response.
    var surplus: [UInt8] = []
    /// What the output said first. The transfer goes on: the device would be left in the middle of it.
    var failure: ImageError?
  }

  private let command: String
  private let output: any StreamConsumer
  private let state: Mutex<State>

  init(expecting byteCount: UInt64, command: String, output: any StreamConsumer) {
    self.command = command
    self.output = output
    state = Mutex(State(data: FirehoseRawReceiver(expected: byteCount)))
  }

  var data: FirehoseRawReceiver { state.withLock { $0.data } }
  var reply: FirehoseReply? { state.withLock { $0.reply } }
  var surplus: [UInt8] { state.withLock { $0.surplus } }
  var failure: ImageError? { state.withLock { $0.failure } }

  var endsAtShortTransfer: Bool { state.withLock { $0.reply != nil || $0.data.isComplete } }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    if let reply = reply(in: bytes) { return state.withLock { $0.reply = reply } }
    let (count, isWanted) = state.withLock { state -> (Int, Bool) in
      let count = state.data.take(bytes.byteCount)
      return (count, count > 0 && state.failure == nil)
    }
    if count < bytes.byteCount {
      let rest = Self.bytes(bytes.extracting(count..<bytes.byteCount))
      state.withLock { $0.surplus += rest }
    }
    guard isWanted else { return }
    do throws(ImageError) { try output.consume(bytes.extracting(0..<count)) } catch {
      state.withLock { $0.failure = error }
    }
  }

  private func reply(in transfer: RawSpan) -> FirehoseReply? {
    guard FirehoseRawReceiver.canBeReply(transfer.byteCount) else { return nil }
    return FirehoseRawReceiver.reply(in: Self.bytes(transfer), command: command)
  }

  private static func bytes(_ span: RawSpan) -> [UInt8] {
    unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
  }
}
