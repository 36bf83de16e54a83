import USBWire

/// A place on a bus with one simulated device in it: what every way of serving a device talks to.
///
/// The port is a value without I/O or locks: time is handed in, and whoever serves the device owns the port. It keeps
/// what a host controller and a device's USB core keep (configuration, alternate settings, halts, data on its way),
/// answers standard requests, applies faults, counts transfers, and follows the device off the bus and back.
public struct SimulatedPort: Sendable {
  public internal(set) var device: any SimulatedDevice
  /// Called for every transfer as it ends; `nil` costs nothing.
  public var recorder: (@Sendable (TransferRecord) -> Void)?

  /// Whether the device is on the bus.
  public private(set) var isAttached = true
  /// How often the device has appeared on the bus: a new number each time it comes back.
  public private(set) var attachments = 1
  /// When the device comes back; `nil` while it is on the bus, and when it has left for good.
  public private(set) var returnsAt: Duration?

  var faults: FaultPlan
  /// bConfigurationValue; 0 while the device is not configured.
  var configurationValue: UInt8 = 0
  var alternates: [UInt8: UInt8] = [:]
  var halted: Set<EndpointAddress> = []
  var features = PortFeatures()
  var pipes: [EndpointAddress: InputPipe] = [:]
  /// Moments at which delayed transfers go on.
  var delays: [Duration] = []
  private var events: [PortEvent] = []
  private var departure: Departure?
  private let stay: Stay?
  /// When the cable is pulled because the device's stay is over.
  private var stayEnds: Duration?

  /// How long the cable stays in, from the moment a host configures the device, and how long it is out then.
  struct Stay: Equatable, Sendable {
    var duration: Duration
    var absence: Duration
  }

  /// A device that is leaving, but whose last words the host may still read.
  private struct Departure {
    var returnAfter: Duration?
    var latest: Duration
  }

  /// How long a device that leaves waits for the host to read what it has already sent.
  private static let lastWordsLimit: Duration = .milliseconds(250)

  init(hosting device: any SimulatedDevice, faults: [Fault] = [], stay: Stay? = nil) {
    self.device = device
    self.stay = stay
    self.faults = FaultPlan(faults)
  }

  /// The descriptors of the device, while it is on the bus.
  public var identity: SimulatedIdentity? { isAttached ? device.identity : nil }

  /// Transfers counted so far, as `--fault KIND@N` counts them.
  public var transferCount: UInt64 { faults.transferCount }

  /// When something happens by itself; `nil` when only the host can make something happen.
  public var nextWake: Duration? {
    var wakes = delays
    if let departure { wakes.append(departure.latest) }
    if let stayEnds { wakes.append(stayEnds) }
    if isAttached {
      if let wake = device.nextWake { wakes.append(wake) }
    } else if let returnsAt {
      wakes.append(returnsAt)
    }
    return wakes.min()
  }

  /// Lets time pass up to `now`, through every moment on the way at which the device acts.
  public mutating func advance(to now: Duration) {
    while let wake = nextWake, wake <= now {
      step(to: wake)
      // A device that has nothing to do at its own wake-up moment would keep us here for ever.
      if let next = nextWake, next <= wake { break }
    }
    step(to: now)
  }

  private mutating func step(to now: Duration) {
    delays.removeAll { $0 <= now }
    if isAttached {
      device.advance(to: now)
      settle(at: now)
      if let stay, let stayEnds, stayEnds <= now { detach(at: now, returnAfter: stay.absence) }
    } else if let returnsAt, returnsAt <= now {
      attach(at: returnsAt)
    }
  }

  /// What happened since the last call that was no answer to a transfer.
  public mutating func takeEvents() -> [PortEvent] {
    defer { events = [] }
    return events
  }

  mutating func record(_ event: PortEvent) { events.append(event) }

  /// Takes in what the device has done by itself. Called after everything that can make it act.
  mutating func settle(at now: Duration) {
    for event in device.takeEvents() {
      switch event {
      case .leaves(let returnAfter):
        let latest = (delays.max().map { max($0, now) } ?? now) + Self.lastWordsLimit
        departure = Departure(returnAfter: returnAfter, latest: latest)
      case .halts(let endpoint):
        halted.insert(endpoint)
      case .storageFailed(let operation, let path, let errno):
        events.append(.storageFailed(operation: operation, path: path, errno: errno))
      case .imageComplete(let type, let byteCount):
        events.append(.imageComplete(type: type, byteCount: byteCount))
      }
    }
    if let departure, departure.latest <= now || pipes.values.allSatisfy(\.isEmpty) {
      detach(at: now, returnAfter: departure.returnAfter)
    }
  }

  /// Takes the device off the bus.
  mutating func detach(at now: Duration, returnAfter: Duration?) {
    guard isAttached else { return }
    isAttached = false
    departure = nil
    stayEnds = nil
    returnsAt = returnAfter.map { now + $0 }
    device.busReset(at: now)
    forgetConfiguration()
    events.append(.left(returnAfter: returnAfter))
  }

  /// The host has configured the device: its stay begins, once for each appearance.
  mutating func beginStay(at now: Duration) {
    if let stay, stayEnds == nil { stayEnds = now + stay.duration }
  }

  private mutating func attach(at now: Duration) {
    isAttached = true
    attachments += 1
    returnsAt = nil
    device.busReset(at: now)
    forgetConfiguration()
    events.append(.returned)
  }

  /// A bus reset by the host: the device stays, its configuration goes.
  public mutating func reset(at now: Duration) {
    guard isAttached else { return }
    forgetConfiguration()
    device.busReset(at: now)
    settle(at: now)
  }

  private mutating func forgetConfiguration() {
    configurationValue = 0
    alternates = [:]
    halted = []
    features = PortFeatures()
    pipes = [:]
    delays = []
  }
}

/// What happens at a port apart from transfers.
public enum PortEvent: Equatable, Sendable {
  /// The device left the bus; `nil` means for good.
  case left(returnAfter: Duration?)
  case returned
  /// A fault struck, as it was written.
  case fault(String)
  case storageFailed(operation: String, path: String, errno: Int32)
  case imageComplete(type: String, byteCount: UInt64)
}
