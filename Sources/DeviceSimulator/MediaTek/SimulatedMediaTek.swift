import MediaTek
import USBWire
import WireFormat

/// A MediaTek device: a boot ROM or preloader that listens on a CDC-ACM port, and the agent that it starts there.
///
/// Source: `docs/protocols/mtk-brom.md` 17; what comes after JUMP_DA is the agent's.
struct SimulatedMediaTek: SimulatedDevice {
  private enum Phase {
    case bootROM
    case agent
    /// A running system, or fastboot: neither has anything for us.
    case booted
  }

  private let settings: BootROMSettings
  private let quirks: BootROMQuirks
  private let serialNumber: String?
  private let makeAgent: @Sendable () -> any SimulatedAgent
  /// What it is now: a restart may make another of it.
  private var current: BootROMSettings
  private var phase = Phase.bootROM
  private var bootROM: BootROMSimulation
  private var agent: any SimulatedAgent
  private var shownIdentity: SimulatedIdentity
  private var now = Duration.zero
  private var events: [DeviceEvent] = []
  private var isLeaving = false
  private var hasStarted = false
  /// When the cable goes, whatever runs then.
  private var vanishing: Duration?

  /// `makeAgent` makes the agent anew each time that one is started; it keeps its storage elsewhere.
  init(
    settings: BootROMSettings, quirks: BootROMQuirks, serialNumber: String?,
    makeAgent: @escaping @Sendable () -> any SimulatedAgent
  ) {
    self.settings = settings
    self.quirks = quirks
    self.serialNumber = serialNumber
    self.makeAgent = makeAgent
    current = settings
    agent = settings.nextStage == .agent ? makeAgent() : SimulatedRawProgram()
    let shown = Self.identity(of: settings, serialNumber: serialNumber)
    shownIdentity = shown.identity
    bootROM = BootROMSimulation(settings: settings, quirks: quirks, packetByteCount: shown.packetByteCount)
  }

  private static func identity(of settings: BootROMSettings, serialNumber: String?) -> MediaTekIdentity {
    MediaTekIdentity(
      vendorID: settings.vendorID.value, productID: settings.productID?.value ?? (settings.isPreloader ? 0x2000 : 3),
      layout: settings.layout ?? (settings.isPreloader ? .classic : .bootROM), serialNumber: serialNumber)
  }

  var identity: SimulatedIdentity { shownIdentity }

  // MARK: Time and the bus

  var nextWake: Duration? {
    guard !isLeaving else { return nil }
    return switch phase {
    case .bootROM: hasStarted ? bootROM.nextWake : now
    case .agent: [agent.nextWake, vanishing].compactMap { $0 }.min()
    case .booted: nil
    }
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    guard !isLeaving else { return }
    switch phase {
    case .bootROM:
      begin()
      bootROM.advance(to: self.now)
    case .agent:
      if let end = vanishing, end <= self.now { return become(.same) }
      agent.advance(to: self.now)
    case .booted: break
    }
    settle()
  }

  /// The device is on: what only counts from then on begins.
  private mutating func begin() {
    guard !hasStarted else { return }
    hasStarted = true
    vanishing = quirks.vanishesAfter.map { now + .milliseconds(Int64(clamping: $0.value)) }
    bootROM.start(at: now)
  }

  mutating func takeEvents() -> [DeviceEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  /// A reset of the bus changes nothing; a device that has been away is what it became then.
  mutating func busReset(at now: Duration) {
    self.now = max(self.now, now)
    isLeaving = false
    if phase == .agent { agent.busReset(at: self.now) }
  }

  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}

  // MARK: Control requests (2.3)

  mutating func control(_ setup: SetupPacket, data: RawSpan, at now: Duration) -> ControlAnswer {
    self.now = max(self.now, now)
    guard phase != .booted, !quirks.stallsControl else { return .stall }
    switch (setup.requestType, setup.request) {
    case (0x21, 0x20), (0x01, 0x20):
      if phase == .bootROM { bootROM.noticeTool(at: self.now) }
      return .data([])
    case (0xA1, 0x21): return .data([0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08])
    case (0x21, 0x22):
      if phase == .bootROM { bootROM.noticeControlLines(setup.value, at: self.now) }
      settle()
      return .data([])
    case (0x21, 0x23): return .data([])
    default: return .stall
    }
  }

  // MARK: Transfers

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    self.now = max(self.now, now)
    guard endpoint == MediaTekIdentity.output else { return .stall }
    guard phase != .booted, !isLeaving, current.layout != .comPort else { return .busy(byteCount: 0) }
    defer { settle() }
    switch phase {
    case .agent: return agent.receive(bytes, endsTransfer: endsTransfer, at: self.now)
    default:
      begin()
      bootROM.receive(bytes, at: self.now)
      return .accepted
    }
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    self.now = max(self.now, now)
    guard phase != .booted, endpoint == MediaTekIdentity.input, !isLeaving else { return .nothing }
    defer { settle() }
    begin()
    if let answer = bootROM.transmit() { return answer }
    return phase == .agent ? agent.transmit(atMost: count, at: self.now) : .nothing
  }

  // MARK: From one to the other

  private mutating func settle() {
    if phase == .bootROM, let outcome = bootROM.takeOutcome() { take(outcome) }
    guard phase == .agent else { return }
    for event in agent.takeEvents() { take(event) }
  }

  private mutating func take(_ outcome: BootROMSimulation.Outcome) {
    switch outcome {
    case .jumped(let address, let image, let signatureByteCount):
      phase = .agent
      agent = current.nextStage == .agent ? makeAgent() : SimulatedRawProgram()
      agent.start(start(address, image, signatureByteCount), at: now)
    case .restart: become(settings.nextMode)
    case .turnedOff: become(.same)
    case .boots: become(.booted)
    case .fastboot: become(.fastboot)
    case .stays: become(.gone)
    }
  }

  private func start(_ address: UInt32, _ image: [UInt8], _ signatureByteCount: Int) -> AgentStart {
    AgentStart(
      isFromBootROM: !current.isPreloader, loadAddress: address, image: image, signatureByteCount: signatureByteCount,
      hardwareCode: current.hardwareCode.value, hardwareSubCode: current.hardwareSubCode.value,
      hardwareVersion: current.hardwareVersion.value, softwareVersion: current.softwareVersion.value,
      meID: current.meID.bytes, socID: current.socID.bytes, isHighSpeed: shownIdentity.speed >= 480)
  }

  private mutating func take(_ event: SimulatedAgentEvent) {
    switch event {
    case .imageComplete(let type, let byteCount): events.append(.imageComplete(type: type, byteCount: byteCount))
    case .storageFailed(let operation, let path, let errno):
      events.append(.storageFailed(operation: operation, path: path, errno: errno))
    case .leaves(let departure):
      switch departure {
      case .off: become(.gone)
      case .restart: become(settings.nextMode)
      case .download: become(.bootROM)
      case .fastboot: become(.fastboot)
      case .highSpeed(let delay):
        // The same agent, as another device.
        var identity = Self.identity(of: current, serialNumber: serialNumber)
        identity.productID = current.agentProductID.value
        identity.layout = .newer
        shownIdentity = identity.identity
        leave(returnAfter: delay)
      }
    }
  }

  /// It leaves the bus and comes back as something else.
  private mutating func become(_ mode: MediaTekNextMode) {
    current = settings
    switch mode {
    case .same: break
    case .bootROM:
      current.actor = .bootROM
      current.productID = nil
      current.layout = nil
    case .preloader:
      current.actor = .preloader
      current.productID = nil
      current.layout = nil
    case .booted, .fastboot, .gone: break
    }
    let shown = Self.identity(of: current, serialNumber: serialNumber)
    switch mode {
    case .booted: (phase, shownIdentity) = (.booted, BootedIdentity.identity)
    case .fastboot: (phase, shownIdentity) = (.booted, FastbootIdentity.identity)
    default: (phase, shownIdentity) = (.bootROM, shown.identity)
    }
    var quirks = quirks
    quirks.isSynchronised = false
    bootROM = BootROMSimulation(settings: current, quirks: quirks, packetByteCount: shown.packetByteCount)
    hasStarted = false
    vanishing = nil
    leave(returnAfter: mode == .gone ? nil : settings.offTime)
  }

  private mutating func leave(returnAfter delay: Duration?) {
    isLeaving = true
    events.append(.leaves(returnAfter: delay))
  }
}
