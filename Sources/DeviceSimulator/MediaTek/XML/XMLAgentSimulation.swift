import MediaTek
import WireFormat

/// An XML (V6) agent: both of its stages, over the storage of a simulated device.
///
/// Written from `docs/protocols/mtk-xml.md` 17. OUT is a stream of bytes; each header and each payload is a transfer.
struct XMLAgentSimulation: SimulatedAgent {
  enum State: Sendable {
    /// Not started, or said nothing yet.
    case booting
    case ready
    /// A command is being worked on.
    case body
    /// The end has been said, and not been acknowledged.
    case endWait
    /// Nothing is answered any more.
    case deaf
  }

  /// A transfer for the host.
  private struct Outgoing: Sendable {
    var bytes: [UInt8]
    var notBefore: Duration
  }

  let settings: XMLAgentSettings
  let quirks: XMLAgentQuirks
  let storage: MediaTekStorage

  var state = State.booting
  var isSecondStage = false
  /// Whether NOTIFY-INIT-HW has been done in this stage.
  var isInitialised = false
  /// The first stage, as it was started.
  var image: [UInt8] = []
  var signatureByteCount = 0
  var isAuthenticated = false
  var challenge: [UInt8]?
  var bootMode = ""
  var registers: [UInt64: UInt8] = [:]
  var feedback: [(partition: String, file: String, checksum: UInt16)] = []

  var steps: [XMLAgentStep] = []
  var current: XMLAgentStep?
  var sequel = XMLAgentSequel.start
  /// Chunks of the command that came from the storage or went there.
  var chunkCount: UInt64 = 0
  var commandCount: UInt64 = 0
  var requestCount = 0
  /// Whether the command itself names the files of a package.
  var hasFileList = false
  /// Whether the end of the report at hand has been said.
  var hasEndedReport = false

  private var outbox: [Outgoing] = []
  private var outboxHead = 0
  private var wantsStart: Duration?
  private var leaveAt: (time: Duration, departure: AgentDeparture)?
  private var returnsFast = false
  private var frameCount: UInt64 = 0
  /// The lines of its log that go over USB; `nil` for none.
  var loggedLevel: XMLAgentCommand.LogLevel?
  var events: [SimulatedAgentEvent] = []
  var now = Duration.zero

  // What is coming in.
  private var header: [UInt8] = []
  private var payloadLeft: UInt64 = 0
  private var payload: [UInt8] = []
  private var isData = false

  private static let payloadLimit = 0x20_0000

  init(settings: XMLAgentSettings, quirks: XMLAgentQuirks, storage: MediaTekStorage) {
    self.settings = settings
    self.quirks = quirks
    self.storage = storage
  }

  // MARK: Time

  var nextWake: Duration? {
    let first = outboxHead < outbox.count ? outbox[outboxHead].notBefore : nil
    return [wantsStart, leaveAt?.time, first.flatMap { $0 > now ? $0 : nil }].compactMap { $0 }.min()
  }

  mutating func start(_ start: AgentStart, at now: Duration) {
    self.now = now
    image = start.image
    signatureByteCount = start.signatureByteCount
    wantsStart = now + settings.startTime + .seconds(Int64(clamping: quirks.startsLate?.value ?? 0))
    advance(to: now)
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    if let time = wantsStart, time <= self.now {
      wantsStart = nil
      sayStart()
    }
    if let leave = leaveAt, leave.time <= self.now {
      leaveAt = nil
      clear()
      state = .deaf
      events.append(.leaves(leave.departure))
    }
  }

  mutating func busReset(at now: Duration) {
    self.now = max(self.now, now)
    clear()
    guard returnsFast else { return }
    returnsFast = false
    wantsStart = self.now
  }

  private mutating func clear() {
    outbox = []
    outboxHead = 0
    header = []
    payload = []
    payloadLeft = 0
  }

  mutating func takeEvents() -> [SimulatedAgentEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  /// Leaves the bus a moment from now.
  mutating func leave(as departure: AgentDeparture) {
    guard !isUnplugged else { return }
    leaveAt = (now + .milliseconds(100), departure)
    if case .highSpeed = departure { returnsFast = true }
  }

  /// The next stage says START when it has come up.
  mutating func startSecondStage() {
    isSecondStage = true
    isInitialised = false
    loggedLevel = nil
    state = .booting
    wantsStart = now + settings.startTime
    advance(to: now)
  }

  // MARK: To the host

  mutating func transmit(atMost count: Int, at now: Duration) -> TransmitAnswer {
    advance(to: now)
    guard outboxHead < outbox.count, outbox[outboxHead].notBefore <= self.now else { return .nothing }
    let transfer = outbox[outboxHead]
    outbox[outboxHead].bytes = []
    outboxHead += 1
    if outboxHead == outbox.count {
      outbox = []
      outboxHead = 0
    }
    return .transfer(transfer.bytes, isTerminated: quirks.sendsEmptyTransfers)
  }

  /// A frame: the header is a transfer of its own.
  mutating func say(_ payload: [UInt8], delay: Duration = .zero) {
    guard !isUnplugged else { return }
    if quirks.saysLogs || quirks.logsEndlessly { sayLog() }
    defer { countFrame() }
    put(XMLAgentFrame(byteCount: UInt32(clamping: payload.count)).bytes, delay: delay)
    guard quirks.dribbles else { return put(payload, delay: delay) }
    var position = 0
    while position < payload.count {
      let end = min(position + 61, payload.count)
      put(Array(payload[position..<end]), delay: delay)
      position = end
    }
  }

  mutating func say(_ token: XMLAgentToken, delay: Duration = .zero) {
    if quirks.acknowledgesWithStatus, token == .ok(nil) { return say(XMLAgentToken.ready.payload, delay: delay) }
    say(token.payload, delay: delay)
  }

  mutating func put(_ bytes: [UInt8], delay: Duration) {
    outbox.append(Outgoing(bytes: bytes, notBefore: now + delay))
    if quirks.sendsEmptyTransfers { outbox.append(Outgoing(bytes: [], notBefore: now + delay)) }
  }

  /// What was said last is still read; nothing comes behind it.
  private mutating func countFrame() {
    frameCount += 1
    guard isUnplugged else { return }
    state = .deaf
    leaveAt = (now + .milliseconds(100), .off)
  }

  var isUnplugged: Bool { quirks.vanishesAfter.map { frameCount >= $0.value } ?? false }

  mutating func sayGarbage() { put(Array("no frame at all, but long enough".utf8), delay: .zero) }

  var document: XMLDeviceDocument {
    XMLDeviceDocument(isPretty: quirks.writesPrettily, isBroken: quirks.writesBrokenly)
  }

  mutating func sayStart() {
    state = .ready
    say(document.request("START"))
  }

  // MARK: From the host

  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool, at now: Duration) -> ReceiveAnswer {
    advance(to: now)
    var position = 0
    while position < bytes.byteCount {
      if payloadLeft == 0 {
        take(headerByte: bytes.checkedByte(at: position))
        position += 1
        if payloadLeft > 0, quirks.insistsOnSplit, position < bytes.byteCount { state = .deaf }
      } else {
        let count = Int(min(payloadLeft, UInt64(bytes.byteCount - position)))
        take(payload: bytes.extracting(position..<position + count))
        position += count
      }
    }
    return .accepted
  }

  /// What is no header is passed over, byte by byte.
  private mutating func take(headerByte byte: UInt8) {
    header.append(byte)
    let magic: [UInt8] = [0xEF, 0xEE, 0xEE, 0xFE]
    while !header.isEmpty, !header.prefix(4).elementsEqual(magic.prefix(min(4, header.count))) { header.removeFirst() }
    guard header.count == XMLAgentFrame.headerByteCount else { return }
    let frame = try? XMLAgentFrame(parsing: header)
    header = []
    guard let frame, frame.kind == .flow else { return }
    payloadLeft = UInt64(frame.byteCount)
    payload = []
    isData = wantsData
  }

  private mutating func take(payload piece: RawSpan) {
    payloadLeft -= UInt64(piece.byteCount)
    if isData {
      store(piece)
    } else if payload.count + piece.byteCount <= Self.payloadLimit {
      payload += unsafe piece.withUnsafeBytes { unsafe [UInt8]($0) }
    }
    guard payloadLeft == 0 else { return }
    let complete = payload
    payload = []
    if isData { finishChunk() } else { take(message: complete) }
  }

  private mutating func take(message: [UInt8]) {
    guard state != .deaf, state != .booting else { return }
    guard let token = XMLAgentToken(parsing: message) else { return take(command: message) }
    switch state {
    case .ready, .booting, .deaf: return
    case .body: take(token)
    case .endWait: acknowledgedEnd()
    }
  }

  private mutating func take(command payload: [UInt8]) {
    switch state {
    case .ready: begin(payload)
    case .endWait:
      // The host has forgotten the acknowledgement.
      guard !quirks.insistsOnEnd else {
        state = .deaf
        return
      }
      begin(payload)
    // No acknowledgement, and no command either.
    case .body: fail("Unexpected message.")
    case .booting, .deaf: break
    }
  }

  private mutating func acknowledgedEnd() {
    switch sequel {
    case .start: sayStart()
    case .secondStage: startSecondStage()
    case .leave(let departure):
      if case .highSpeed = departure {} else if settings.saysStartAtReboot { sayStart() }
      leave(as: departure)
    }
  }
}

extension RawSpan {
  /// A byte of the span; 0 outside of it.
  fileprivate func checkedByte(at offset: Int) -> UInt8 {
    (try? byte(at: offset)) ?? 0
  }
}
