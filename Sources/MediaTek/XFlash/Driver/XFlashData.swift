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
