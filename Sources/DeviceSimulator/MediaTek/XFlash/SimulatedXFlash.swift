import MediaTek
import WireFormat

/// An XFlash agent: its first stage, and the second one that it is given. Source: `docs/protocols/mtk-xflash.md` 17.
///
/// Where that leaves a reaction open, what is done here is said in its section 17.
struct SimulatedXFlash: SimulatedAgent {
  enum State: Equatable {
    /// It does not run, or has stopped.
    case silent
    /// Has said its first byte.
    case started
    case environment
    case prepared
    case hardware
    /// The command loop.
    case idle
    /// DEVICE_CTRL: what to do comes next.
    case control
    /// A parameter of a control.
    case setting(XFlashControl)
    /// A parameter of a command, the first of which has number 0.
    case parameter(XFlashCommand, Int)
    case reading
    case writing(Writing)
    case formatting(reportsLeft: Int)
    /// The acknowledgement of the eFuses' content.
    case fuses
  }

  /// What of a chunk comes next.
  enum Writing: Equatable {
    case status
    case checksum
    case chunk(checksum: UInt32)
  }

  let settings: XFlashSettings
  let quirks: XFlashQuirks
  let layout: MediaTekLayout
  let storage: MediaTekStorage

  var state = State.silent
  /// The second stage runs.
  var isSecondStage = false
  var hasMemory = false
  var isUnlocked: Bool
  var environment = XFlashEnvironment()
  var checksumLevel: XFlashChecksumLevel = []
  var start: AgentStart?
  var isHighSpeed = false
  var now = Duration.zero

  private var input = XFlashInput()
  var outbox = XFlashOutbox()
  /// What a later parameter needs.
  var announced: UInt64 = 0
  var announcedName = ""
  var bootAddress: UInt64 = 0
  var reading: XFlashReadJob?
  var writing: XFlashWriteJob?
  var refusedSettings: UInt64 = 0
  var hasBeenSlow = false

  private var events: [SimulatedAgentEvent] = []
  private var departure: AgentDeparture?
  private var departureTime: Duration?

  init(
    settings: XFlashSettings, quirks: XFlashQuirks, layout: MediaTekLayout, storage: MediaTekStorage
  ) {
    self.settings = settings
    self.quirks = quirks
    self.layout = layout
    self.storage = storage
    isUnlocked = !settings.demandsSignature
    outbox.dribbles = quirks.dribbles
    outbox.sendsEmptyPackets = quirks.sendsEmptyPackets
    outbox.logs = quirks.logs
    outbox.mergesFrames = quirks.mergesFrames
  }

  // MARK: Time and the bus

  mutating func start(_ start: AgentStart, at now: Duration) {
    self.now = max(self.now, now)
    self.start = start
    isHighSpeed = start.isHighSpeed
    hasMemory = !isFromBootROM
    state = .started
    outbox.sayRaw([0xC0], at: self.now)
  }

  /// Whether memory has to be set up.
  var isFromBootROM: Bool { settings.starter.map { $0 == .bootROM } ?? (start?.isFromBootROM ?? true) }

  var nextWake: Duration? {
    [outbox.nextTime, departureTime].compactMap { $0 }.filter { $0 > now }.min()
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    leaveIfDue()
  }

  mutating func busReset(at now: Duration) {
    self.now = max(self.now, now)
    outbox.removeAll()
    input = XFlashInput()
  }

  mutating func takeEvents() -> [SimulatedAgentEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  mutating func note(_ event: SimulatedAgentEvent) { events.append(event) }

  /// Leaves once what was said has been read, or a second later.
  mutating func leave(_ departure: AgentDeparture) {
    self.departure = departure
    departureTime = now + .seconds(1)
    if case .highSpeed = departure {
      isHighSpeed = true
      state = .idle
    } else {
      state = .silent
    }
  }

  private mutating func leaveIfDue() {
    if let limit = quirks.vanishesAfter, outbox.frameCount >= limit.value, departure == nil, state != .silent {
      leave(.off)
    }
    guard let departure, outbox.isEmpty || (departureTime ?? now) <= now else { return }
    self.departure = nil
    departureTime = nil
    outbox.removeAll()
    events.append(.leaves(departure))
  }

  // MARK: Transfers

  mutating func transmit(atMost count: Int, at now: Duration) -> TransmitAnswer {
    self.now = max(self.now, now)
    defer { leaveIfDue() }
    switch outbox.next(at: self.now) {
    case .bytes(let bytes): return .transfer(bytes, isTerminated: false)
    case .data(let header, let section, let offset, let byteCount):
      let file = storage.sections[section].file
      if let bytes = try? file.bytes(at: offset, count: byteCount) {
        return .transfer(header.isEmpty ? bytes : header + bytes, isTerminated: false)
      }
      note(.storageFailed(operation: "read", path: file.path, errno: 5))
      return .transfer(header + [UInt8](repeating: 0, count: byteCount), isTerminated: false)
    case nil: return .nothing
    }
  }

  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool, at now: Duration) -> ReceiveAnswer {
    self.now = max(self.now, now)
    guard state != .silent else { return .accepted }
    var position = 0
    while position < bytes.byteCount, state != .silent {
      let (next, event) = input.take(bytes, from: position, limit: payloadLimit)
      position = next
      switch event {
      case .frame(let payload, let pieces): handle(payload, pieces: pieces)
      case .garbage:
        guard !quirks.ignoresGarbage else {
          state = .silent
          break
        }
        refuse(.protocolError)
      case .oversized: refuse(.bufferOverflow)
      case nil: break
      }
    }
    input.endPiece()
    leaveIfDue()
    return .accepted
  }

  /// The longest payload that is kept: nothing is allocated by what a frame says of itself.
  private var payloadLimit: UInt64 {
    switch state {
    case .parameter(.bootTo, 1): min(announced, 64 << 20)
    case .parameter(.initialiseExternalRAM, 1): min(announced, 1 << 20)
    case .writing(.chunk): settings.writeByteCount.value
    default: 64 << 10
    }
  }

  // MARK: Saying

  mutating func say(_ status: XFlashStatus, after delay: Duration = .zero) {
    var payload: [UInt8] = []
    if status.isOK, quirks.saysMagic {
      payload.append(littleEndian: XFlashHeader.magic)
    } else if quirks.shortensStatus, status.rawValue <= 0xFFFF {
      payload.append(littleEndian: UInt16(truncatingIfNeeded: status.rawValue))
    } else {
      payload.append(littleEndian: status.rawValue)
    }
    outbox.say(payload, isStatus: true, at: now + delay)
  }

  mutating func say(_ payload: [UInt8]) { outbox.say(payload, at: now) }

  /// An error, which ends whatever is under way.
  mutating func refuse(_ status: XFlashStatus) {
    let wasReady = state != .started && state != .environment && state != .prepared && state != .hardware
    reading = nil
    writing = nil
    say(status)
    state = wasReady ? .idle : .started
    if status == .invalidTable, quirks.dropsAfterTableError { state = .silent }
  }

  // MARK: Frames

  static func word(_ payload: [UInt8]) -> UInt32? { try? payload.rawSpan.load(littleEndian: UInt32.self, at: 0) }

  private mutating func handle(_ payload: [UInt8], pieces: [Int]) {
    switch state {
    case .silent: break
    case .started, .environment, .prepared, .hardware: prepare(payload)
    case .idle: perform(payload)
    case .control: control(payload)
    case .setting(let control): set(control, payload)
    case .parameter(let command, let number): take(payload, parameter: number, of: command)
    case .reading: acknowledge(payload, pieces: pieces)
    case .writing(let part): write(payload, part)
    case .formatting(let reportsLeft): report(reportsLeft)
    case .fuses:
      state = .idle
      say(.ok)
    }
  }

  private mutating func perform(_ payload: [UInt8]) {
    guard let word = Self.word(payload), let command = XFlashCommand(rawValue: word), isKnown(command) else {
      return refuse(.unsupportedCommand)
    }
    if command.touchesStorage, !isUnlocked { return refuse(.downloadForbidden) }
    if command == .upload, quirks.knowsNoUpload { return refuse(.unsupportedOperation) }
    if command == .readOTPZone || command == .writeOTPZone { return refuse(.oneTimeZoneUnsupported) }
    say(.ok)
    state = command == .deviceControl ? .control : .parameter(command, 0)
  }

  private func isKnown(_ command: XFlashCommand) -> Bool {
    switch command {
    case .deviceControl, .bootTo, .shutdown: true
    case .switchUSBSpeed: settings.switchesSpeed
    case .initialiseExternalRAM: !isSecondStage
    case .download, .upload, .format, .writeData, .readData, .formatPartition, .readOTPZone, .writeOTPZone, .readEFuse:
      isSecondStage
    case .writeEFuse, .remarkNANDBlocks, .testSRAM, .synchronise, .setUpEnvironment, .setUpHardware: false
    }
  }
}
