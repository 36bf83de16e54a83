import FlashCore
import FlashImages
import Synchronization
import USBWire
import WireFormat

@testable import DeviceSimulator

/// A simulated device behind a stream of bytes, as its TCP server has it, but in the process and on virtual time.
final class SimulatedStreamProvider: LinkProvider {
  let name = "tcp:simulated"
  let virtualClock = VirtualLinkClock()
  var clock: any LinkClock { virtualClock }
  let canReenumerate = false

  struct State: Sendable {
    var port: SimulatedPort
    var session: StreamSession?
    /// Bytes of the host that the device has not taken yet, and bytes of the device for the host.
    var pending: [UInt8] = []
    var output: [UInt8] = []
  }

  private let state: Mutex<State>
  private let observer: @Sendable (PortEvent) -> Void

  init(
    configuration: SimulatorConfiguration, observer: @escaping @Sendable (PortEvent) -> Void
  ) throws(SimulatorError) {
    state = Mutex(State(port: try SimulatorRegistry.makePort(for: configuration, serving: .tcp)))
    self.observer = observer
  }

  func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    // While the device is away, the server does not accept: the client waits.
    virtualClock.advance(by: .seconds(5))
    perform { state, now in
      state.pending = []
      state.output = []
      guard let binding = state.port.device.stream else { return }
      var session = StreamSession(binding)
      session.begin(&state.port, at: now)
      state.session = session
    }
    return SimulatedStreamLink(self)
  }

  func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo { throw .unsupported(selector: name, reason: "stream") }

  /// Lets bytes flow both ways as far as they go, then does something.
  @discardableResult
  func perform<Result: Sendable>(_ body: (inout State, Duration) -> Result) -> Result {
    virtualClock.advance(by: .microseconds(100))
    let (result, events) = state.withLock { state in
      let now = virtualClock.now
      state.port.advance(to: now)
      let result = body(&state, now)
      Self.pump(&state, at: now)
      return (result, state.port.takeEvents())
    }
    for event in events { observer(event) }
    return result
  }

  private static func pump(_ state: inout State, at now: Duration) {
    guard var session = state.session, state.port.isAttached else { return }
    var isMoving = true
    while isMoving {
      let pending = state.pending
      let taken = session.take(pending.rawSpan, into: &state.port, at: now)
      state.pending.removeFirst(taken)
      let before = state.output.count
      session.deliver(from: &state.port, to: &state.output, at: now)
      isMoving = taken > 0 && !state.pending.isEmpty || state.output.count > before
    }
    state.session = session
  }

  /// Waits for `ready` to have a result, up to `limit`.
  func poll<Result: Sendable>(
    limit: Duration, _ ready: (inout State) -> Result?
  ) async throws(LinkError) -> Result {
    let deadline = virtualClock.now + limit
    while true {
      if Task.isCancelled { throw .cancelled }
      let (result, isGone, wake) = perform { state, now in
        Self.pump(&state, at: now)
        let isGone = !state.port.isAttached || state.session == nil
        return (ready(&state), isGone, state.port.nextWake)
      }
      if let result { return result }
      if isGone { throw .disconnected }
      guard virtualClock.now < deadline else { throw .timedOut(after: limit) }
      virtualClock.advance(to: min(deadline, max(wake ?? deadline, virtualClock.now + .microseconds(1))))
    }
  }

  func hangUp() {
    perform { state, now in
      guard var session = state.session else { return }
      session.end(&state.port, at: now)
      state.session = nil
    }
  }
}

/// One connection to it.
final class SimulatedStreamLink: Link {
  private let provider: SimulatedStreamProvider

  init(_ provider: SimulatedStreamProvider) { self.provider = provider }

  var name: String { provider.name }
  let kind = LinkKind.stream
  var clock: any LinkClock { provider.clock }

  func claim(interface: UInt8) async throws(LinkError) { throw .unsupported(feature: "interfaces") }
  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    throw .unsupported(feature: "interfaces")
  }
  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    throw .unsupported(feature: "control requests")
  }
  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) { throw .unsupported(feature: "halts") }
  func close() async { provider.hangUp() }

  func send(_ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration)
    async throws(LinkError)
  {
    try await write(bytes, limit: timeout)
  }

  /// A socket takes bytes until its buffer is full, whether or not anybody reads them.
  private func write(_ bytes: [UInt8], limit: Duration) async throws(LinkError) {
    if Task.isCancelled { throw .cancelled }
    provider.perform { state, _ in state.pending += bytes }
    let hasRoom = try await provider.poll(limit: limit) { state in state.pending.count <= 16 << 10 ? true : nil }
    assert(hasRoom)
  }

  func receive(atMost count: Int, from endpoint: EndpointAddress, timeout: Duration) async throws(LinkError)
    -> ReceivedTransfer
  {
    let bytes: [UInt8] = try await provider.poll(limit: timeout) { state in
      guard !state.output.isEmpty else { return nil }
      let piece = Array(state.output.prefix(count))
      state.output.removeFirst(piece.count)
      return piece
    }
    return ReceivedTransfer(bytes: bytes, end: .stream)
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    var left = byteCount
    while left > 0 {
      var buffer = [UInt8](repeating: 0, count: Int(min(left, UInt64(transferSize))))
      let count = Result { try buffer.withUnsafeMutableBytes { try image.read(into: $0) } }
      guard case .success(buffer.count) = count else {
        throw .image(.shortRead(path: "image", offset: byteCount - left, expected: left))
      }
      do throws(LinkError) { try await write(buffer, limit: idleLimit) } catch {
        throw .link(error, accepted: byteCount - left)
      }
      left -= UInt64(buffer.count)
    }
  }
}
