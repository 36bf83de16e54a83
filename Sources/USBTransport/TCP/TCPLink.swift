import FlashCore
import FlashImages
import Glibc
import USBWire

/// A connected socket as a link: a stream of bytes without endpoints, transfer boundaries or control requests.
///
/// Writing waits as long as the peer takes something within each limit, so a slow device is no failed device.
final class TCPLink: Link {
  let name: String
  let kind = LinkKind.stream
  let clock: any LinkClock

  /// Most that one call to the system receives or keeps ready to be sent.
  private static let pieceLimit = 1 << 20

  private struct Usage {
    var isClosed = false
    /// Operations that use the descriptor; the last one out closes it.
    var users = 0
  }

  private let descriptor: Int32
  private let usage = Locked(Usage())

  /// Takes over a connected, non-blocking socket.
  init(connected descriptor: Int32, name: String, clock: any LinkClock) {
    self.descriptor = descriptor
    self.name = name
    self.clock = clock
    var on: Int32 = 1
    // Messages are small and answered one by one: waiting for more to send with them only delays them.
    _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit {
    if !usage.withLock({ $0.isClosed }) { _ = Glibc.close(descriptor) }
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
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: min(count, Self.pieceLimit)) { buffer, filled in
        let result = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        code = result < 0 ? errno : 0
        filled = max(0, result)
      }
      if code == 0, bytes.isEmpty { throw .disconnected }
      if code == 0 { return ReceivedTransfer(bytes: bytes, end: .stream) }
      try await recover(from: code, operation: "recv", until: .readable, idleLimit: timeout)
    }
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    do throws(LinkError) { try enter() } catch { throw .link(error, accepted: 0) }
    defer { leave() }
    let size = min(max(1, transferSize), Self.pieceLimit)
    guard var current = TransferBuffer(capacity: size), var spare = TransferBuffer(capacity: size) else {
      throw .link(.system(operation: "malloc", code: ENOMEM), accepted: 0)
    }
    var sent: UInt64 = 0
    var count = try current.fill(from: image, upTo: size, position: 0, of: byteCount)
    var position = UInt64(count)
    while count > 0 {
      // The next piece is read from the file while this one leaves.
      async let next = Self.read(image, into: spare, position: position, of: byteCount)
      do throws(LinkError) {
        try await write(current, count: count, idleLimit: idleLimit, sent: &sent)
      } catch {
        _ = await next
        throw .link(error, accepted: sent)
      }
      count = try await next.get()
      swap(&current, &spare)
      position += UInt64(count)
    }
  }

  private static func read(
    _ image: ImageStream, into buffer: TransferBuffer, position: UInt64, of byteCount: UInt64
  ) async -> Result<Int, StreamError> {
    do throws(StreamError) {
      return .success(try buffer.fill(from: image, upTo: buffer.capacity, position: position, of: byteCount))
    } catch {
      return .failure(error)
    }
  }

  func receiveStream(
    byteCount: UInt64, from endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    into consumer: any StreamConsumer
  ) async throws(StreamError) -> UInt64 {
    do throws(LinkError) { try enter() } catch { throw .link(error, accepted: 0) }
    defer { leave() }
    let size = min(max(1, transferSize), Self.pieceLimit)
    guard let buffer = TransferBuffer(capacity: size) else {
      throw .link(.system(operation: "malloc", code: ENOMEM), accepted: 0)
    }
    var received: UInt64 = 0
    while received < byteCount {
      let wanted = Int(min(UInt64(size), byteCount - received))
      let count: Int
      do throws(LinkError) { count = try await read(into: buffer, atMost: wanted, idleLimit: idleLimit) } catch {
        throw .link(error, accepted: received)
      }
      try buffer.hand(count, to: consumer)
      received += UInt64(count)
    }
    return received
  }

  /// Reads what there is, as soon as there is something.
  private func read(into buffer: TransferBuffer, atMost count: Int, idleLimit: Duration) async throws(LinkError) -> Int
  {
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let result = unsafe recv(descriptor, buffer.base, count, 0)
      if result == 0 { throw .disconnected }
      if result > 0 { return result }
      try await recover(from: errno, operation: "recv", until: .readable, idleLimit: idleLimit)
    }
  }

  /// Writes the first `count` bytes of the buffer, counting in `sent` what the system has taken.
  private func write(
    _ buffer: TransferBuffer, count: Int, idleLimit: Duration, sent: inout UInt64
  ) async throws(LinkError) {
    var offset = 0
    while offset < count {
      guard !Task.isCancelled else { throw .cancelled }
      let taken = unsafe Glibc.send(descriptor, buffer.base + offset, count - offset, Int32(MSG_NOSIGNAL))
      if taken >= 0 {
        offset += taken
        sent += UInt64(taken)
      } else {
        try await recover(from: errno, operation: "send", until: .writable, idleLimit: idleLimit)
      }
    }
  }

  /// Waits where the socket only was not ready; throws what everything else means.
  private func recover(
    from code: Int32, operation: String, until direction: ReadinessMonitor.Direction, idleLimit: Duration
  ) async throws(LinkError) {
    guard !usage.withLock({ $0.isClosed }) else { throw .disconnected }
    switch code {
    case EINTR: return
    case EAGAIN: break
    case EPIPE, ECONNRESET, ENOTCONN, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH: throw .disconnected
    default: throw .system(operation: operation, code: code)
    }
    let outcome = await clock.wait(atMost: idleLimit) { [descriptor] in
      await ReadinessMonitor.shared.wait(until: direction, descriptor)
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
    // Wakes whoever still waits. Bytes nobody has read would turn the end of the connection into a reset.
    _ = shutdown(descriptor, Int32(SHUT_WR))
    var rest = [UInt8](repeating: 0, count: 4096)
    while unsafe recv(descriptor, &rest, rest.count, 0) > 0 {}
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
    if isUnused { _ = Glibc.close(descriptor) }
  }

  private func enter() throws(LinkError) {
    let isOpen = usage.withLock { usage -> Bool in
      if !usage.isClosed { usage.users += 1 }
      return !usage.isClosed
    }
    guard isOpen else { throw .disconnected }
  }

  private func leave() {
    let isLast = usage.withLock { usage -> Bool in
      usage.users -= 1
      return usage.isClosed && usage.users == 0
    }
    if isLast { _ = Glibc.close(descriptor) }
  }
}
