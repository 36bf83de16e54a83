import Qualcomm
import USBWire
import WireFormat

/// A device in Qualcomm's emergency download mode: a boot ROM that speaks Sahara, and the Firehose programmer that it
/// starts on the same endpoints. Source: `docs/protocols/sahara.md` 7, `docs/protocols/firehose.md` 11.
struct SimulatedEDL: SimulatedDevice {
  enum Phase: Equatable {
    case sahara
    case programmer
    /// An operating system, which has nothing for us.
    case booted
  }

  private let settings: EDLSettings
  private let saharaQuirks: SaharaQuirks
  private let emergencyIdentity: SimulatedIdentity
  private let input: EndpointAddress
  private let output: EndpointAddress
  private var phase = Phase.sahara
  private var sahara: SaharaSimulation
  private var firehose: FirehoseSimulation
  private var now = Duration.zero
  private var events: [DeviceEvent] = []
  /// It is leaving the bus: what it would say or hear belongs to its next life.
  private var isLeaving = false
  /// No transfer has reached the programmer yet: a bus reset in this time does not lose its start-up logs.
  private var isProgrammerFresh = false
  /// What leaves the bus once Sahara's last answer has been read.
  private var departure: SaharaDeparture?

  private enum SaharaDeparture: Equatable {
    case reset
    case programmer
    case gone
  }

  init(
    settings: EDLSettings, saharaQuirks: SaharaQuirks, firehoseQuirks: FirehoseQuirks, storage: EDLStorage,
    serialNumber: String?
  ) {
    self.settings = settings
    self.saharaQuirks = saharaQuirks
    var identity = settings.identity
    identity.serialNumber = serialNumber
    emergencyIdentity = identity.identity
    input = identity.input
    output = identity.output
    sahara = SaharaSimulation(settings: settings.sahara, quirks: saharaQuirks)
    firehose = FirehoseSimulation(settings: settings.programmerSettings, quirks: firehoseQuirks, storage: storage)
    if saharaQuirks.isProgrammerRunning {
      _ = sahara.takeOutcome()
      phase = .programmer
      firehose.resume()
    }
  }

  var identity: SimulatedIdentity { phase == .booted ? BootedIdentity.identity : emergencyIdentity }

  var nextWake: Duration? { phase == .programmer && !isLeaving ? firehose.nextWake : nil }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    guard phase == .programmer, !isLeaving else { return }
    firehose.advance(to: self.now)
    settle()
  }

  mutating func takeEvents() -> [DeviceEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  mutating func busReset(at now: Duration) {
    self.now = max(self.now, now)
    isLeaving = false
    departure = nil
    switch phase {
    case .sahara: sahara.busReset()
    case .programmer where isProgrammerFresh: firehose.start(at: self.now)
    case .programmer: firehose.busReset()
    case .booted: break
    }
  }

  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}

  // MARK: Transfers

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    self.now = max(self.now, now)
    guard phase != .booted, endpoint == output else { return phase == .booted ? .busy(byteCount: 0) : .stall }
    guard !isLeaving else { return .busy(byteCount: 0) }
    defer { settle() }
    guard phase == .sahara else {
      isProgrammerFresh = false
      return firehose.receive(bytes, endsTransfer: endsTransfer, at: self.now)
    }
    sahara.receive(bytes, endsTransfer: endsTransfer)
    return .accepted
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    self.now = max(self.now, now)
    guard phase != .booted, endpoint == input, !isLeaving else { return .nothing }
    defer { settle() }
    if let answer = sahara.transmit(atMost: count) { return answer }
    guard phase == .programmer, let answer = firehose.transmit(at: self.now) else { return .nothing }
    isProgrammerFresh = false
    return answer
  }

  // MARK: From one to the other

  private mutating func settle() {
    switch sahara.takeOutcome() {
    case .imagesComplete: loaded()
    case .reset: departure = .reset
    case .unplugged: leave(returnAfter: .seconds(1))
    case .switched: departure = .gone
    case nil: break
    }
    if let departure, sahara.isOutboxEmpty {
      self.departure = nil
      leave(departure)
    }
    for event in firehose.takeEvents() { take(event) }
  }

  /// All images are there.
  private mutating func loaded() {
    guard settings.programmer != .gone else { return departure = .gone }
    phase = .programmer
    isProgrammerFresh = settings.programmer == .firehose
    if settings.reenumerates { return departure = .programmer }
    if settings.programmer == .firehose { firehose.start(at: now) }
  }

  private mutating func leave(_ departure: SaharaDeparture) {
    switch departure {
    case .reset: restart(to: settings.saharaReset)
    case .programmer: leave(returnAfter: settings.rebootDelay)
    case .gone: leave(returnAfter: nil)
    }
  }

  private mutating func take(_ event: FirehoseSimulation.Event) {
    switch event {
    case .unplugged: leave(returnAfter: .seconds(1))
    case .storageFailed(let operation, let path, let errno):
      events.append(.storageFailed(operation: operation, path: path, errno: errno))
    case .leaves(.off): leave(returnAfter: nil)
    case .leaves(.resetToEDL): restart(to: .edl)
    case .leaves(.reset): restart(to: settings.nextMode)
    }
  }

  /// The chip starts anew, and with it a storage that has been provisioned.
  private mutating func restart(to mode: EDLNextMode) {
    firehose.stop()
    do throws(SimulatorError) {
      try firehose.storage.provision(sectorByteCount: settings.sectorSize.byteCount)
    } catch {
      if case .storage(let operation, let path, let errno) = error {
        events.append(.storageFailed(operation: operation, path: path, errno: errno))
      }
    }
    phase = mode == .booted ? .booted : .sahara
    var quirks = saharaQuirks
    quirks.isProgrammerRunning = false
    sahara = SaharaSimulation(settings: settings.sahara, quirks: quirks)
    leave(returnAfter: mode == .gone ? nil : settings.rebootDelay)
  }

  private mutating func leave(returnAfter delay: Duration?) {
    isLeaving = true
    events.append(.leaves(returnAfter: delay))
  }
}
