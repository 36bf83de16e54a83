public import FlashCore
public import FlashImages
import Synchronization
public import USBWire
import WireFormat

/// An open link to a simulated device in the same process.
///
/// Made by `SimulatedLinkProvider`. It behaves as a link over USB does: endpoints exist only in the alternate setting
/// that has them, halts last until they are cleared, and a device that left the bus is gone for this link even when it
/// has come back.
public final class SimulatedLink: Link {
  public let name: String
  public let kind: LinkKind
  public var clock: any LinkClock { bus.clock }

  private let bus: SimulatedBus
  /// The device's appearance on the bus that this link belongs to.
  private let attachment: Int
  private let state = Mutex(State())

  private struct State {
    var claimed: Set<UInt8> = []
    var alternates: [UInt8: UInt8] = [:]
    var isClosed = false
  }

  init(name: String, info: USBDeviceInfo, bus: SimulatedBus, attachment: Int) {
    self.name = name
    kind = .usb(info)
    self.bus = bus
    self.attachment = attachment
  }

  deinit {
    if state.withLock({ !$0.isClosed }) { bus.giveOpeningBack() }
  }

  // MARK: Interfaces and control requests

  public func claim(interface: UInt8) async throws(LinkError) {
    try checkOpen()
    guard case .usb(let info) = kind, info.configuration?.setting(0, of: interface) != nil else {
      throw .unsupported(feature: "interface \(interface)")
    }
    state.withLock { _ = $0.claimed.insert(interface) }
  }

  public func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    try checkOpen()
    guard state.withLock({ $0.claimed.contains(interface) }), case .usb(let info) = kind,
      info.configuration?.setting(alternate, of: interface) != nil
    else { throw .unsupported(feature: "interface \(interface) alternate \(alternate)") }
    _ = try await control(.setInterface(interface, alternate: alternate), data: [], timeout: Self.busTimeout)
    state.withLock { $0.alternates[interface] = alternate }
  }

  /// The limit for requests that the caller gives none for.
  private static let busTimeout: Duration = .seconds(5)

  public func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    try checkOpen()
    var transfer = ControlTransfer(setup)
    let outcome = try await poll(timeout: timeout) { port, now in
      let outcome = port.control(&transfer, data: data.rawSpan, at: now)
      return outcome == .busy ? nil : outcome
    }
    switch outcome {
    case .data(let bytes): return bytes
    case .stalled: throw .stalled(endpoint: .zero)
    case .disconnected, .busy: throw .disconnected
    }
  }

  public func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) {
    _ = try await control(.clearHalt(endpoint), data: [], timeout: Self.busTimeout)
  }

  // MARK: Transfers

  public func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration
  ) async throws(LinkError) {
    try checkOpen()
    var transfer = OutputTransfer(to: endpoint, byteCount: bytes.count, isTerminated: terminated)
    let outcome = try await poll(timeout: timeout) { port, now -> OutputOutcome? in
      let rest = bytes.rawSpan.extracting(transfer.moved..<bytes.count)
      let outcome = port.send(rest, of: &transfer, at: now)
      if case .busy = outcome { return nil }
      return outcome
    }
    try Self.check(outcome, endpoint)
  }

  public func receive(
    atMost count: Int, from endpoint: EndpointAddress, timeout: Duration
  ) async throws(LinkError) -> ReceivedTransfer {
    try checkOpen()
    let outcome = try await poll(timeout: timeout) { port, now in
      let outcome = port.receive(atMost: count, from: endpoint, at: now)
      return outcome == .busy ? nil : outcome
    }
    switch outcome {
    case .data(let bytes, let isEnd):
      let end: TransferEnd = !isEnd ? .bufferFull : bytes.isEmpty ? .zeroLengthPacket : .shortPacket
      return ReceivedTransfer(bytes: bytes, end: end)
    case .stalled: throw .stalled(endpoint: endpoint)
    case .overflow: throw .overflow(endpoint: endpoint)
    case .noSuchEndpoint: throw .unsupported(feature: "\(endpoint)")
    case .disconnected, .busy: throw .disconnected
    }
  }

  /// Reads each transfer's bytes from the file into one buffer and hands the device that very memory.
  public func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    let capacity = Int(min(UInt64(max(1, transferSize)), max(1, byteCount)))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
    defer { unsafe buffer.deallocate() }
    var accepted: UInt64 = 0
    while accepted < byteCount {
      let count = Int(min(UInt64(capacity), byteCount - accepted))
      let filled = try unsafe Self.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), from: image)
      do throws(LinkError) {
        try await unsafe sendPiece(UnsafeRawBufferPointer(rebasing: buffer[..<filled]), to: endpoint, idleLimit)
      } catch {
        throw .link(error, accepted: accepted)
      }
      accepted += UInt64(filled)
      guard filled == count else {
        throw .image(.shortRead(path: "", offset: accepted, expected: byteCount))
      }
    }
  }

  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from image: ImageStream
  ) throws(StreamError) -> Int {
    do { return unsafe try image.read(into: buffer) } catch { throw .image(error) }
  }

  /// Sends one transfer; its limit begins anew whenever the device has taken a part.
  private func sendPiece(
    _ bytes: UnsafeRawBufferPointer, to endpoint: EndpointAddress, _ idleLimit: Duration
  ) async throws(LinkError) {
    try checkOpen()
    var transfer = OutputTransfer(to: endpoint, byteCount: bytes.count, isTerminated: false)
    while true {
      let outcome = try await poll(timeout: idleLimit) { port, now -> OutputOutcome? in
        let rest = unsafe bytes.bytes.extracting(transfer.moved..<bytes.count)
        let outcome = port.send(rest, of: &transfer, at: now)
        return outcome == .busy(byteCount: 0) ? nil : outcome
      }
      if case .busy = outcome { continue }
      return try Self.check(outcome, endpoint)
    }
  }

  private static func check(_ outcome: OutputOutcome, _ endpoint: EndpointAddress) throws(LinkError) {
    switch outcome {
    case .taken: return
    case .stalled: throw .stalled(endpoint: endpoint)
    case .noSuchEndpoint: throw .unsupported(feature: "\(endpoint)")
    case .disconnected, .busy: throw .disconnected
    }
  }

  // MARK: Closing

  public func close() async {
    let alternates = state.withLock { state -> [UInt8: UInt8]? in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      return state.alternates
    }
    guard let alternates else { return }
    let attachment = attachment
    bus.perform { port, now in
      guard port.attachments == attachment else { return }
      for (interface, alternate) in alternates where alternate != 0 {
        _ = port.request(.setInterface(interface, alternate: 0), at: now)
      }
    }
    bus.giveOpeningBack()
  }

  // MARK: Waiting

  private func checkOpen() throws(LinkError) {
    guard state.withLock({ !$0.isClosed }) else { throw .disconnected }
  }

  /// Polls the port as long as the device is the one this link was opened for.
  private func poll<Result: Sendable>(
    timeout: Duration, _ body: (inout SimulatedPort, Duration) -> Result?
  ) async throws(LinkError) -> Result {
    let attachment = attachment
    let result: Result?
    do throws(SimulatedBus.Interruption) {
      result = try await bus.poll(until: clock.now + timeout) { port, now -> Result?? in
        guard port.attachments == attachment, port.isAttached else { return .some(nil) }
        return body(&port, now).map { .some($0) }
      }
    } catch {
      throw error == .cancelled ? .cancelled : .timedOut(after: timeout)
    }
    guard let result else { throw .disconnected }
    return result
  }
}
