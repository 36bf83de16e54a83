public import USBWire

/// A device that does not exist: what it does with what arrives, as a state machine without I/O of its own.
///
/// Time is handed in (`now`, since some fixed moment) and never goes backwards. A `SimulatedPort` hosts one device; it
/// answers the standard control requests from `identity`, keeps halts and alternate settings, and applies faults, so a
/// model sees only what is its own.
public protocol SimulatedDevice: Sendable {
  /// The descriptors and strings it shows while it is on the bus.
  var identity: SimulatedIdentity { get }
  /// When the device next does something by itself; `nil` when only the host can make it act.
  var nextWake: Duration? { get }
  /// How the device is spoken to over a plain stream of bytes (TCP); `nil` when it cannot be.
  var stream: StreamBinding? { get }

  /// Lets time pass, up to `now`.
  mutating func advance(to now: Duration)
  /// What happened since the last call that is not an answer to a transfer, in order.
  mutating func takeEvents() -> [DeviceEvent]

  /// The bus was reset, or the cable pulled or put in: back to the state of a device that has just been configured.
  mutating func busReset(at now: Duration)
  /// An alternate setting that the descriptors list has been selected.
  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration)
  /// A class or vendor request, or a standard one that the framework does not know. `data` is empty unless the data
  /// stage goes to the device.
  mutating func control(_ setup: SetupPacket, data: RawSpan, at now: Duration) -> ControlAnswer

  /// Data for an OUT endpoint. `endsTransfer` says that a short or zero-length packet follows the last of `bytes`,
  /// so that the device sees where the transfer ends.
  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer
  /// The next data for an IN endpoint. `count` is what the host has room for, a hint for endless sources; the device
  /// may return more, and what the host does not take now it gets next.
  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer

  /// What the next bytes of a stream are, asked again for what follows them. `bytes` is never empty.
  func streamRoute(for bytes: RawSpan) -> StreamRoute
}

extension SimulatedDevice {
  public var stream: StreamBinding? { nil }
  public mutating func control(_ setup: SetupPacket, data: RawSpan, at now: Duration) -> ControlAnswer { .stall }
  public func streamRoute(for bytes: RawSpan) -> StreamRoute { .garbage(byteCount: bytes.byteCount) }
}

/// A device's answer to a control request.
public enum ControlAnswer: Equatable, Sendable {
  /// The data stage, cut to what the host asked for by the framework; empty for a request without one.
  case data([UInt8])
  case stall
}

/// A device's answer to OUT data.
public enum ReceiveAnswer: Equatable, Sendable {
  /// All of it.
  case accepted
  /// The first `byteCount` bytes, fewer than all (or an end of transfer that has to wait): the endpoint answers NAK
  /// for the rest until the device is ready.
  case busy(byteCount: Int)
  /// The endpoint halts.
  case stall
}

/// A device's answer to the host's wish for IN data.
public enum TransmitAnswer: Equatable, Sendable {
  /// One transfer as the device sends it. `isTerminated` says that a zero-length packet follows when the length is a
  /// multiple of the packet size.
  case transfer([UInt8], isTerminated: Bool)
  /// NAK: nothing yet.
  case nothing
  /// The endpoint halts.
  case stall
}

/// What a device does by itself.
public enum DeviceEvent: Equatable, Sendable {
  /// It leaves the bus, and comes back after `returnAfter` with the identity it has then; `nil` means for good.
  case leaves(returnAfter: Duration?)
  /// An endpoint halts until the host clears it; what the device has put there stays.
  case halts(EndpointAddress)
  /// It could not keep what it was sent; the host hears of it as a failed write.
  case storageFailed(operation: String, path: String, errno: Int32)
  /// It has a complete image whose checksum was right.
  case imageComplete(type: String, byteCount: UInt64)
}

/// How a device that has endpoints is spoken to over one stream of bytes.
public struct StreamBinding: Equatable, Sendable {
  /// Standard requests that put the device in order when a connection begins.
  public var setup: [SetupPacket]
  /// Standard requests for the end of a connection.
  public var teardown: [SetupPacket]
  /// The endpoint whose transfers are written to the stream.
  public var input: EndpointAddress

  public init(setup: [SetupPacket], teardown: [SetupPacket], input: EndpointAddress) {
    self.setup = setup
    self.teardown = teardown
    self.input = input
  }
}

/// Where the next bytes of a stream go.
public enum StreamRoute: Equatable, Sendable {
  /// A message of `byteCount` bytes, which is handed over when all of it has arrived.
  case message(byteCount: Int, endpoint: EndpointAddress)
  /// `byteCount` bytes that are handed over as they arrive, and count as one transfer.
  case data(byteCount: Int, endpoint: EndpointAddress)
  /// At least `byteCount` bytes have to be there before it can be told.
  case needs(byteCount: Int)
  /// The device has to finish something before it can be told.
  case busy
  /// No message begins in the next `byteCount` bytes: they are skipped.
  case garbage(byteCount: Int)
}
