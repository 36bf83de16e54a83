import FlashCore
import FlashImages
import Glibc
import USBWire

/// A connected socket or a character device as a link: a stream of bytes without endpoints, transfer boundaries or
/// control requests.
///
/// Writing waits as long as the peer takes something within each limit, so a slow device is no failed device.
final class ByteStreamLink: Link {
  let name: String
  let kind = LinkKind.stream
  let clock: any LinkClock

  private struct Usage {
    var isClosed = false
    /// Operations that use the descriptor; the last one out closes it.
    var users = 0
  }

  let descriptor: ByteStreamDescriptor
  private let usage = Locked(Usage())

  /// Takes over an open, non-blocking descriptor.
  init(_ descriptor: ByteStreamDescriptor, name: String, clock: any LinkClock) {
    self.descriptor = descriptor
    self.name = name
    self.clock = clock
  }

  deinit {
    if !usage.withLock({ $0.isClosed }) { descriptor.close() }
  }

  func claim(interface: UInt8) async throws(LinkError) { throw .unsupported(feature: "interfaces") }
  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    throw .unsupported(feature: "alternate settings")
  }
  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    throw .unsupported(feature: "control requests")
  }
  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) { throw .unsupported(feature: "endpoints") }

  func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration
  ) async throws(LinkError) {
    try enter()
    defer { leave() }
    guard let buffer = TransferBuffer(capacity: bytes.count) else { throw .system(operation: "malloc", code: ENOMEM) }
    buffer.store(bytes)
    var sent: UInt64 = 0
    try await write(buffer, count: bytes.count, idleLimit: timeout, sent: &sent)
  }

  func receive(
    atMost count: Int, from endpoint: EndpointAddress, timeout: Duration
  ) async throws(LinkError) -> ReceivedTransfer {
    guard count > 0 else { return ReceivedTransfer(bytes: [], end: .stream) }
    try enter()
    defer { leave() }
    while true {
      var code: Int32 = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: min(count, descriptor.pieceLimit)) { buffer, filled in
        let result = unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        code = result < 0 ? errno : 0
        filled = max(0, result)
      }
      if code == 0, bytes.isEmpty { throw .disconnected }
      if code == 0 { return ReceivedTransfer(bytes: bytes, end: .stream) }
      try await recover(from: code, operation: descriptor.readName, until: .readable, idleLimit: timeout)
    }
  }

  /// Waits where the stream only was not ready; throws what everything else means.
  func recover(
    from code: Int32, operation: String, until direction: ReadinessMonitor.Direction, idleLimit: Duration
  ) async throws(LinkError) {
    guard !usage.withLock({ $0.isClosed }) else { throw .disconnected }
    switch code {
    case EINTR: return
    case EAGAIN: break
    case _ where descriptor.meansGone(code): throw .disconnected
    default: throw .system(operation: operation, code: code)
    }
    let outcome = await clock.wait(atMost: idleLimit) { [descriptor] in
      await ReadinessMonitor.shared.wait(until: direction, descriptor.number)
    }
    switch outcome {
    case .finished: return
    case .timedOut: throw .timedOut(after: idleLimit)
    case .cancelled: throw .cancelled
    }
  }

  func close() async {
    let (isFirst, isUnused) = usage.withLock { usage -> (Bool, Bool) in
      defer { usage.isClosed = true }
      return (!usage.isClosed, usage.users == 0)
    }
    guard isFirst else { return }
    descriptor.hangUp()
    if isUnused { descriptor.close() }
  }

  func enter() throws(LinkError) {
    let isOpen = usage.withLock { usage -> Bool in
      if !usage.isClosed { usage.users += 1 }
      return !usage.isClosed
    }
    guard isOpen else { throw .disconnected }
  }

  func leave() {
    let isLast = usage.withLock { usage -> Bool in
      usage.users -= 1
      return usage.isClosed && usage.users == 0
    }
    if isLast { descriptor.close() }
  }
}
