import USBWire
import WireFormat

/// A device for tests and benchmarks: `docs/simulated-devices.md`, "The loopback device".
///
/// | interface | endpoints    | what it does                                              |
/// |----------:|--------------|-----------------------------------------------------------|
/// |         0 | IN 81, OUT 01 | source of `LoopbackPattern` without end; sink             |
/// |         1 | OUT 02, IN 82 | what goes in comes back, transfer by transfer             |
/// |         2 | OUT 03, IN 83 | the same, and a transfer `STALL` halts both               |
/// |         3 | IN 84        | interrupts: a count every interval                        |
/// |       4, 5 | IN 86; OUT 05, IN 85 | CDC-ACM: a serial port that sends back what it gets |
struct SimulatedLoopback: SimulatedDevice {
  let settings: LoopbackSettings
  let serialNumber: String
  var identity: SimulatedIdentity

  var now = Duration.zero
  var events: [DeviceEvent] = []
  var counters = LoopbackCounters()
  var sourcePattern = LoopbackPattern()
  var sinkPattern = LoopbackPattern()
  var sinkChecksum = XORChecksum16()
  var pair: EchoQueue
  var stallingPair: EchoQueue
  var serial: SerialFunction
  var ticks: TickCounter
  /// What `LoopbackRequest.store` has left.
  var stored: [UInt8] = []
  let packetSize: Int

  init(settings: LoopbackSettings, serialNumber: String) {
    self.settings = settings
    self.serialNumber = serialNumber
    identity = LoopbackIdentity.make(
      speed: settings.speed, productID: LoopbackIdentity.productID, serialNumber: serialNumber)
    packetSize = Int(settings.speed.bulkPacketSize)
    pair = EchoQueue(packetSize: packetSize)
    stallingPair = EchoQueue(packetSize: packetSize)
    serial = SerialFunction(packetSize: packetSize)
    ticks = TickCounter(interval: settings.interruptInterval.duration)
  }

  // MARK: Time and the bus

  var nextWake: Duration? { ticks.nextWake(after: now) }

  mutating func advance(to now: Duration) { self.now = max(self.now, now) }

  mutating func takeEvents() -> [DeviceEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  /// Counters and patterns go on, so that a host can read them after a disconnection.
  mutating func busReset(at now: Duration) {
    advance(to: now)
    emptyQueues()
    ticks.restart(at: now)
  }

  mutating func emptyQueues() {
    pair = EchoQueue(packetSize: packetSize)
    stallingPair = EchoQueue(packetSize: packetSize)
    serial = SerialFunction(packetSize: packetSize)
  }

  /// There are no alternate settings but the first.
  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) { advance(to: now) }

  // MARK: Transfers

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    advance(to: now)
    switch endpoint {
    case LoopbackIdentity.sink:
      sink(bytes, endsTransfer: endsTransfer)
      return .accepted
    case LoopbackIdentity.pair.output:
      return pair.receive(bytes, endsTransfer: endsTransfer)
    case LoopbackIdentity.stallingPair.output:
      if endsTransfer, Self.isStall(bytes) {
        events.append(.halts(LoopbackIdentity.stallingPair.input))
        return .stall
      }
      return stallingPair.receive(bytes, endsTransfer: endsTransfer)
    case LoopbackIdentity.serial.output:
      return serial.echo.receive(bytes, endsTransfer: endsTransfer)
    default: return .stall
    }
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    advance(to: now)
    switch endpoint {
    case LoopbackIdentity.source: return source(count)
    case LoopbackIdentity.pair.input: return pair.transmit()
    case LoopbackIdentity.stallingPair.input: return stallingPair.transmit()
    case LoopbackIdentity.counter: return ticks.transmit(at: now)
    case LoopbackIdentity.serial.input: return serial.echo.transmit()
    case LoopbackIdentity.notifications: return serial.notification()
    default: return .nothing
    }
  }

  private mutating func sink(_ bytes: RawSpan, endsTransfer: Bool) {
    if settings.verifies {
      if let offset = sinkPattern.check(bytes), counters.firstWrongByte == nil {
        counters.firstWrongByte = counters.bytesSunk + UInt64(offset)
      }
      sinkChecksum.update(bytes)
      counters.checksum = sinkChecksum.value
    }
    counters.bytesSunk += UInt64(bytes.byteCount)
    if endsTransfer { counters.transfersSunk += 1 }
  }

  /// Full packets only, as a source without end has them.
  private mutating func source(_ count: Int) -> TransmitAnswer {
    let packets = (min(max(1, count), LoopbackPattern.blockByteCount) + packetSize - 1) / packetSize
    let bytes = sourcePattern.next(packets * packetSize)
    counters.bytesSourced += UInt64(bytes.count)
    return .transfer(bytes, isTerminated: false)
  }

  private static func isStall(_ bytes: RawSpan) -> Bool {
    bytes.byteCount == 5 && (try? bytes.copy(5, at: 0)) == Array("STALL".utf8)
  }
}
