import MkII
import USBWire
import WireFormat

/// A Nokia RX-51 in update or PC Suite mode, as `docs/protocols/mkii.md` 14 describes it.
///
/// Messages arrive at EP 01 and go through three stages: bytes are collected up to the end of their transfer, the kernel's
/// Phonet layer looks at the datagram (`PhonetDatagram`), and the update service answers one request after the other
/// (`SimulatedRX51+Messages`). Raw data take the short way into the image (`SimulatedRX51+RawData`).
struct SimulatedRX51: SimulatedDevice {
  enum State: Equatable {
    /// Alternate setting 0: no endpoints for messages.
    case closed
    case ready
    case negotiated
    case session
    /// A header has been accepted.
    case header
    /// A source has been set; blocks may come.
    case receiving
    /// `left` bytes of an announced block are still to come.
    case block(left: UInt32)
    /// All data are in; the device works on them.
    case finishing
    case failed(code: UInt8)
    /// It is restarting and answers nothing.
    case gone
  }

  /// A request whose answer has to wait.
  enum Deferred: Equatable {
    case ping(MkIIMessage, until: Duration)
    case credit(MkIIMessage, until: Duration)
  }

  struct Reboot: Equatable {
    var isPCSuite: Bool
    /// `nil`: it does not come back.
    var returnAfter: Duration?
    /// When it leaves even if nobody has read its last reply.
    var latest: Duration
  }

  let settings: RX51Settings
  let quirks: RX51Quirks
  let serialNumber: String
  /// Whether the host talks over a stream, which has `tcp:raw` for a source.
  let isStream: Bool
  let store: ImageStore
  let rawEndpoint: EndpointAddress?

  var identity: SimulatedIdentity
  var state = State.closed
  var now = Duration.zero
  var isPCSuite: Bool

  /// The message being received, and those waiting for the service.
  var collected: [UInt8] = []
  var inbox: [[UInt8]] = []
  var deferred: Deferred?
  var outbox: [[UInt8]] = []
  var reboot: Reboot?
  var events: [DeviceEvent] = []

  var itemValues: [String: String]
  var header: RX51ImageHeader?
  var upload: RX51Upload?
  var image: ImageStore.Image?

  /// Counters of the connection: since alternate setting 1 was selected.
  var begins = 0
  var images: UInt32 = 0
  /// Counters of the device's life.
  var pings = 0
  var replies: UInt64 = 0
  var creditPolls: UInt64 = 0
  var rawByteCount: UInt64 = 0
  var firedAtByte: Set<String> = []
  /// A failure that only a restart ends (quirk `failure-sticks`).
  var isStuck = false

  init(settings: RX51Settings, quirks: RX51Quirks, serialNumber: String, isStream: Bool, store: ImageStore) {
    self.settings = settings
    self.quirks = quirks
    self.serialNumber = serialNumber
    self.isStream = isStream
    self.store = store
    isPCSuite = quirks.pcSuiteStrings
    rawEndpoint = quirks.hasNoRawInterface || quirks.isUBoot ? nil : settings.rawEndpoint.number.map { .output($0) }
    identity = RX51Identity.make(
      settings: settings, quirks: quirks, serialNumber: serialNumber, isPCSuite: quirks.pcSuiteStrings)
    itemValues = RX51Items.values(of: settings, quirks: quirks)
  }

  // MARK: Time

  var nextWake: Duration? {
    var wakes: [Duration] = []
    if let reboot { wakes.append(reboot.latest) }
    switch deferred {
    case .ping(_, let until), .credit(_, let until): wakes.append(until)
    case nil: break
    }
    if let wake = upload?.nextWake(after: now, isFull: credit == 0) { wakes.append(wake) }
    return wakes.min()
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    settleUpload()
    work()
    if let reboot, reboot.latest <= now { leave(reboot) }
  }

  mutating func takeEvents() -> [DeviceEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  // MARK: The bus

  mutating func busReset(at now: Duration) {
    self.now = max(self.now, now)
    close()
  }

  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {
    self.now = max(self.now, now)
    guard interface == RX51Identity.messageInterface else { return }
    close()
    if alternate == 1 { state = .ready }
  }

  /// Back to CLOSED, from any state: an unfinished image is aborted (14.1).
  private mutating func close() {
    if quirks.failureSticks, isUploading { isStuck = true }
    abortImage()
    state = .closed
    collected = []
    inbox = []
    outbox = []
    deferred = nil
    upload = nil
    begins = 0
    images = 0
  }

  private var isUploading: Bool {
    switch state {
    case .receiving, .block, .finishing, .failed: true
    case .closed, .ready, .negotiated, .session, .header, .gone: false
    }
  }

  /// Forgets the image that is on its way, and what has been stored of it.
  mutating func abortImage() {
    image?.discard()
    image = nil
    header = nil
    if upload?.phase != .finished { upload = nil }
  }

  /// Off the bus: what comes back, if anything does, has just started.
  mutating func leave(_ reboot: Reboot) {
    self.reboot = nil
    close()
    state = .gone
    isStuck = false
    isPCSuite = reboot.isPCSuite
    identity = RX51Identity.make(
      settings: settings, quirks: quirks, serialNumber: serialNumber, isPCSuite: isPCSuite)
    events.append(.leaves(returnAfter: reboot.returnAfter))
  }

  // MARK: Transfers

  /// Messages the service has not come to yet; more than that, and EP 01 answers NAK.
  private static let inboxLimit = 8

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    self.now = max(self.now, now)
    if endpoint == rawEndpoint { return receiveRawData(bytes) }
    guard endpoint == RX51Identity.messageOut else { return .stall }
    guard inbox.count < Self.inboxLimit else { return .busy(byteCount: 0) }
    // A datagram is at most this long; the rest of an endless transfer is not kept.
    let room = MkIIMessage.maximumByteCount + 1 - collected.count
    unsafe bytes.withUnsafeBytes { buffer in unsafe collected.append(contentsOf: buffer.prefix(max(0, room))) }
    if endsTransfer {
      inbox.append(collected)
      collected = []
      work()
    }
    return .accepted
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    self.now = max(self.now, now)
    guard endpoint == RX51Identity.messageIn else { return .nothing }
    guard !outbox.isEmpty else { return .nothing }
    let message = outbox.removeFirst()
    if outbox.isEmpty, let reboot { leave(reboot) }
    return .transfer(message, isTerminated: true)
  }
}
