import Digests
public import FlashCore
public import FlashImages
import Synchronization
public import USBWire
import WireFormat

/// A device that does not exist: it takes everything that a host sends, agrees, and keeps the digest of each frame.
///
/// A frame is a document or a piece of raw data; empty transfers are none. What it is asked to read it refuses, because
/// digests cannot depend on what a device would answer. Source: `docs/protocols/firehose.md` 7.3.
public final class FirehoseRecordingLink: Link {
  private struct State {
    var digests: [[UInt8]] = []
    var answers: [[UInt8]] = []
    /// Bytes of raw data that have been announced and not sent.
    var rawLeft: UInt64 = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let recordingClock = FirehoseRecordingClock()

  public init() {}

  public var name: String { "recording" }
  public var kind: LinkKind { .stream }
  public var clock: any LinkClock { recordingClock }
  /// The digests of all frames so far, 32 bytes each.
  public var digests: [[UInt8]] { state.withLock { $0.digests } }

  public func claim(interface: UInt8) async throws(LinkError) {}
  public func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {}
  public func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    throw .unsupported(feature: "control requests")
  }
  public func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) {}
  public func close() async { state.withLock { $0.isClosed = true } }

  public func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration
  ) async throws(LinkError) {
    guard !bytes.isEmpty else { return }
    state.withLock { state in
      state.digests.append(FirehoseVIPTables.digest(bytes))
      state.answers += Self.answers(to: bytes, rawLeft: &state.rawLeft)
    }
  }

  private static func answers(to document: [UInt8], rawLeft: inout UInt64) -> [[UInt8]] {
    guard let command = try? FirehoseCommand(parsing: document) else {
      return [FirehoseLog("ERROR: XML not formed correctly").document, FirehoseResponse(.nak).document]
    }
    switch command {
    case .configure(let configure):
      let size = XMLAttribute("MaxPayloadSizeToTargetInBytes", "\(configure.maximumPayload ?? 1 << 20)")
      return [FirehoseResponse(.ack, attributes: [size]).document]
    case .program(let program):
      rawLeft = program.extent.byteCount ?? 0
      return [FirehoseResponse(.ack, isRawMode: true).document]
    case .read, .digest, .peek:
      return [
        FirehoseLog("ERROR: nothing can be read while tables are made").document, FirehoseResponse(.nak).document,
      ]
    default: return [FirehoseResponse(.ack).document]
    }
  }

  public func receive(
    atMost count: Int, from endpoint: EndpointAddress, timeout: Duration
  ) async throws(LinkError) -> ReceivedTransfer {
    let bytes = state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
    guard let bytes else {
      recordingClock.advance(by: timeout)
      throw .timedOut(after: timeout)
    }
    return ReceivedTransfer(bytes: bytes, end: .stream)
  }

  public func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    var digest = SHA256Digest()
    var buffer = [UInt8](repeating: 0, count: Int(min(byteCount, UInt64(max(1, transferSize)))))
    var left = byteCount
    while left > 0 {
      let count = Int(min(left, UInt64(buffer.count)))
      let filled: Int
      do {
        filled = try unsafe buffer.withUnsafeMutableBytes { bytes in
          try unsafe image.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
        }
      } catch {
        throw .image((error as? ImageError) ?? .cancelled)
      }
      guard filled == count else { throw .image(.shortRead(path: name, offset: byteCount - left, expected: left)) }
      unsafe buffer.withUnsafeBytes { bytes in
        unsafe digest.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
      left -= UInt64(count)
    }
    state.withLock { [digest] state in
      state.digests.append(digest.bytes())
      state.rawLeft -= min(state.rawLeft, byteCount)
      if state.rawLeft == 0 { state.answers.append(FirehoseResponse(.ack).document) }
    }
  }
}

/// Stands still but for waits, which take no time.
final class FirehoseRecordingClock: LinkClock {
  private let time = Mutex(Duration.zero)

  var now: Duration { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 += duration } }
  func sleep(for duration: Duration) async throws(CancellationError) { advance(by: duration) }
}

/// Opens the same recording again and again, as a device that is there.
public final class FirehoseRecordingProvider: LinkProvider {
  public let link: FirehoseRecordingLink

  public init() { link = FirehoseRecordingLink() }

  public var name: String { link.name }
  public var clock: any LinkClock { link.clock }
  public var canReenumerate: Bool { false }
  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link { link }
  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    throw .timedOut(waitingFor: name, after: limit)
  }
}
