import FlashCore
import Glibc

/// The one thread of a server: waits for clients, for their bytes, and for the moments at which the device acts.
@safe final class StreamServerLoop {
  private let listener: any StreamListener
  private let wakeUp: WakeUp
  private let observer: @Sendable (SimulatorServerEvent) -> Void
  private let clock = SystemLinkClock()
  private var port: SimulatedPort
  private var client: Client?
  private let buffer: UnsafeMutableRawBufferPointer

  private struct Client {
    let socket: any StreamConnection
    var session: StreamSession
    /// The part of the buffer that waits for the device or for the rest of a message.
    var pending = 0..<0
    var output: [UInt8] = []
    var isAtEnd = false
  }

  /// Room for several of the largest messages, and large reads of raw data.
  private static let bufferByteCount = 512 << 10
  /// POLLRDHUP, which glibc's headers show only to those who ask for GNU extensions.
  private static let peerHungUp: Int16 = 0x2000
  /// With so much unread by the client, nothing more is read from it.
  private static let outputLimit = 256 << 10

  init(
    listener: any StreamListener, port: SimulatedPort, wakeUp: WakeUp,
    observer: @escaping @Sendable (SimulatorServerEvent) -> Void
  ) {
    self.listener = listener
    self.port = port
    self.wakeUp = wakeUp
    self.observer = observer
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferByteCount, alignment: 4096)
  }

  deinit { unsafe buffer.deallocate() }

  /// Returns once `wakeUp` has been signalled.
  func run() {
    while let isClientReady = wait() {
      port.advance(to: clock.now)
      if isClientReady { read() }
      exchange()
      if acceptsClients { accept() }
    }
    hangUp()
    listener.stopListening()
    port.reset(at: clock.now)
    report()
  }

  // MARK: Waiting

  /// Returns whether the client has something, and `nil` when the server is to stop.
  private func wait() -> Bool? {
    var descriptors = [
      pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
      // A negative descriptor is passed over.
      pollfd(fd: acceptsClients ? listener.descriptor : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: client?.socket.descriptor ?? -1, events: clientEvents, revents: 0),
    ]
    _ = unsafe poll(&descriptors, nfds_t(descriptors.count), timeout)
    guard descriptors[0].revents == 0 else { return nil }
    return descriptors[2].revents != 0
  }

  /// While the device is away but will be back, clients wait to be accepted.
  private var acceptsClients: Bool { client == nil && (port.isAttached || port.returnsAt == nil) }

  private var clientEvents: Int16 {
    guard let client else { return 0 }
    return Self.peerHungUp | (wantsInput(client) ? Int16(POLLIN) : 0) | (client.output.isEmpty ? 0 : Int16(POLLOUT))
  }

  private func wantsInput(_ client: Client) -> Bool {
    client.session.isHalted
      || client.pending.count < Self.bufferByteCount && client.output.count < Self.outputLimit
  }

  private var timeout: Int32 {
    guard let wake = port.nextWake else { return -1 }
    let milliseconds = (wake - clock.now) / .milliseconds(1)
    return Int32(max(0, min(60_000, milliseconds.rounded(.up))))
  }

  // MARK: Clients

  private func accept() {
    guard client == nil, let socket = listener.acceptConnection() else { return }
    guard port.isAttached, let binding = port.device.stream else {
      observer(.refused)
      return
    }
    var session = StreamSession(binding)
    session.begin(&port, at: clock.now)
    client = Client(socket: socket, session: session)
    observer(.connected)
    report()
  }

  /// Reads once: large, and never more than the buffer holds.
  private func read() {
    guard let current = client else { return }
    guard wantsInput(current) else {
      // Nothing will be read of what may still be there: a client that has gone is all there is to notice.
      if hasHungUp(current.socket) { client?.isAtEnd = true }
      return
    }
    guard !current.session.isHalted else { return discard(from: current.socket) }
    let pending = moveToFront(current.pending)
    client?.pending = pending
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[pending.upperBound...])
    switch unsafe current.socket.receive(into: room) {
    case .moved(let count): client?.pending = 0..<pending.upperBound + count
    case .wouldBlock: break
    case .closed: client?.isAtEnd = true
    }
  }

  /// A halted device takes nothing. Its bytes are thrown away all the same: the end of a connection is seen only
  /// behind them, and without it the next client would wait for ever.
  private func discard(from socket: any StreamConnection) {
    client?.pending = 0..<0
    if case .closed = unsafe socket.receive(into: buffer) { client?.isAtEnd = true }
  }

  private func hasHungUp(_ socket: any StreamConnection) -> Bool {
    var descriptor = pollfd(fd: socket.descriptor, events: Self.peerHungUp, revents: 0)
    return unsafe poll(&descriptor, 1, 0) > 0
      && descriptor.revents & (Self.peerHungUp | Int16(POLLHUP) | Int16(POLLERR)) != 0
  }

  /// Lets bytes flow both ways as far as they go now; a client or a device that has left ends the connection.
  private func exchange() {
    if var current = client {
      client = nil
      let isOver = exchange(with: &current)
      client = current
      if isOver { hangUp() }
    }
    report()
  }

  /// Returns whether the connection is over.
  private func exchange(with client: inout Client) -> Bool {
    let now = clock.now
    var taken = 0
    repeat {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[client.pending])
      taken = unsafe client.session.take(rest.bytes, into: &port, at: now)
      client.pending.removeFirst(taken)
      client.session.deliver(from: &port, to: &client.output, at: now)
      guard flush(&client) else { return true }
      // When this ends with bytes left, the device or the client has to do something first, and wakes us.
    } while taken > 0 && !client.pending.isEmpty && client.output.count < Self.outputLimit
    return client.isAtEnd || !port.isAttached
  }

  /// Makes room behind what is pending, before a read: seldom, since a read takes all there is.
  private func moveToFront(_ pending: Range<Int>) -> Range<Int> {
    if pending.lowerBound > 0, !pending.isEmpty {
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[pending]))
    }
    return 0..<pending.count
  }

  /// Writes what the client takes; `false` when it has gone.
  private func flush(_ client: inout Client) -> Bool {
    var sent = 0
    defer { client.output.removeFirst(sent) }
    while sent < client.output.count {
      switch client.socket.send(client.output[sent...]) {
      case .moved(let count): sent += count
      case .wouldBlock: return true
      case .closed: return false
      }
    }
    return true
  }

  private func hangUp() {
    guard var ending = client else { return }
    client = nil
    ending.session.end(&port, at: clock.now)
    observer(.disconnected)
  }

  private func report() {
    for event in port.takeEvents() { observer(.device(event)) }
  }
}
