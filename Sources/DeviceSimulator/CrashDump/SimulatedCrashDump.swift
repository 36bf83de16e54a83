import Qualcomm
import USBWire
import WireFormat

/// A device that has crashed and hands out its memory: Sahara in memory debug, and nothing behind it.
struct SimulatedCrashDump: SimulatedDevice {
  let identity: SimulatedIdentity
  private let settings: CrashDumpSettings
  private let input: EndpointAddress
  private let output: EndpointAddress
  private var sahara: SaharaSimulation
  private var events: [DeviceEvent] = []
  /// RESET has been answered: it leaves once the answer is read.
  private var isLeaving = false

  init(settings: CrashDumpSettings, quirks: SaharaQuirks, memory: SaharaMemory, serialNumber: String?) {
    self.settings = settings
    var description = SaharaIdentity()
    description.productID = 0x900E
    description.interfaceProtocol = settings.interfaceProtocol.number
    description.packetSize = settings.packetSize
    description.product = settings.product
    description.serialNumber = serialNumber
    identity = description.identity
    input = description.input
    output = description.output
    var own = SaharaSettings()
    own.version = settings.version.number
    own.mode = .memoryDebug
    own.hasCommandMode = false
    own.memory = memory
    own.endsData = settings.endsData
    own.knowsStateMachineReset = settings.knowsStateMachineReset
    sahara = SaharaSimulation(settings: own, quirks: quirks)
  }

  var nextWake: Duration? { nil }

  mutating func advance(to now: Duration) {}

  mutating func takeEvents() -> [DeviceEvent] {
    defer { events = [] }
    return events
  }

  mutating func busReset(at now: Duration) {
    isLeaving = false
    sahara.busReset()
  }

  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    guard endpoint == output else { return .stall }
    sahara.receive(bytes, endsTransfer: endsTransfer)
    settle()
    return .accepted
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    guard endpoint == input, let answer = sahara.transmit(atMost: count) else { return .nothing }
    settle()
    return answer
  }

  private mutating func settle() {
    switch sahara.takeOutcome() {
    case .reset: isLeaving = true
    case .unplugged: events.append(.leaves(returnAfter: .seconds(1)))
    case .imagesComplete, .switched, nil: break
    }
    guard isLeaving, sahara.isOutboxEmpty else { return }
    isLeaving = false
    let comesBack = settings.nextMode == .crash
    if comesBack { sahara.start() }
    events.append(.leaves(returnAfter: comesBack ? settings.rebootDelay : nil))
  }
}
