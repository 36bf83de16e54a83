import FlashCore
import FlashImages
import Glibc
import USBWire

/// A character device as a link: `/dev/mhi0_SAHARA`, `/dev/wwan0firehose0`, or a serial port in raw mode.
///
/// Such a node is a stream to its reader: transfers of the device end where a read ends, and there are neither endpoints
/// nor control requests. Source for the nodes: `docs/protocols/sahara.md` 3.5.
final class NodeLink: Link {
  let name: String
  let kind = LinkKind.stream
  let clock: any LinkClock

  /// Most that one call to the system moves: drivers of these nodes take a page to half a mebibyte at once.
  private static let pieceLimit = 256 << 10

  private struct Usage {
    var isClosed = false
    /// Operations that use the descriptor; the last one out closes it.
    var users = 0
  }

  private let descriptor: Int32
  private let usage = Locked(Usage())

  /// Takes over an open, non-blocking descriptor.
  init(open descriptor: Int32, name: String, clock: any LinkClock) {
    self.descriptor = descriptor
    self.name = name
    self.clock = clock
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
        let result = unsafe read(descriptor, buffer.baseAddress, buffer.count)
        code = result < 0 ? errno : 0
        filled = max(0, result)
      }
      if code == 0, bytes.isEmpty { throw .disconnected }
      if code == 0 { return ReceivedTransfer(bytes: bytes, end: .stream) }
      try await recover(from: code, operation: "read", until: .readable, idleLimit: timeout)
    }
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    do throws(LinkError) { try enter() } catch { throw .link(error, accepted: 0) }
    defer { leave() }
    let size = min(max(1, transferSize), Self.pieceLimit)
    guard let buffer = TransferBuffer(capacity: size) else {
      throw .link(.system(operation: "malloc", code: ENOMEM), accepted: 0)
    }
    var sent: UInt64 = 0
    while sent < byteCount {
      let count = try buffer.fill(from: image, upTo: size, position: sent, of: byteCount)
      guard count > 0 else { return }
      do throws(LinkError) {
        try await write(buffer, count: count, idleLimit: idleLimit, sent: &sent)
      } catch {
        throw .link(error, accepted: sent)
      }
    }
  }

  /// Writes the first `count` bytes of the buffer, counting in `sent` what the system has taken.
  private func write(
    _ buffer: TransferBuffer, count: Int, idleLimit: Duration, sent: inout UInt64
  ) async throws(LinkError) {
    var offset = 0
    while offset < count {
      guard !Task.isCancelled else { throw .cancelled }
      let taken = unsafe Glibc.write(descriptor, buffer.base + offset, count - offset)
      if taken >= 0 {
        offset += taken
        sent += UInt64(taken)
      } else {
        try await recover(from: errno, operation: "write", until: .writable, idleLimit: idleLimit)
      }
    }
  }

  /// Waits where the node only was not ready; throws what everything else means.
  private func recover(
    from code: Int32, operation: String, until direction: ReadinessMonitor.Direction, idleLimit: Duration
  ) async throws(LinkError) {
    guard !usage.withLock({ $0.isClosed }) else { throw .disconnected }
    switch code {
    case EINTR: return
    case EAGAIN: break
    case EPIPE, ENODEV, ENXIO, EIO, ECONNRESET, ESHUTDOWN, ENETRESET: throw .disconnected
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
    if isFirst, isUnused { _ = Glibc.close(descriptor) }
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
