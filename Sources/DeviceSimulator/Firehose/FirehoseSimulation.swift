import Qualcomm
import WireFormat

/// A Firehose programmer: a part of every simulated device in emergency download mode, started by Sahara.
///
/// It takes OUT data and gives IN data as a `SimulatedDevice` does. Documents are handled one after the other
/// (`+Documents`, `+Commands`); raw data go past them straight into the storage (`+Input`) and out of it (`+Output`);
/// digests and erasing are done in steps (`+Jobs`). Written from `docs/protocols/firehose.md` 11.
struct FirehoseSimulation: Sendable {
  enum State: Equatable {
    /// Not loaded.
    case off
    case starting
    case document
    case receiving
    case sending
    /// Busy with a job; nothing is accepted.
    case working
    /// `power` has been acknowledged.
    case closed
  }

  /// What the device around has to do.
  enum Event: Equatable {
    case leaves(PowerAction)
    /// It leaves the bus for a moment, as if the cable were pulled.
    case unplugged
    case storageFailed(operation: String, path: String, errno: Int32)
  }

  enum PowerAction: Equatable {
    case reset
    case resetToEDL
    case off
  }

  struct Departure: Sendable {
    var action: PowerAction
    var at: Duration
    /// When it leaves though its logs have not been read; `nil`: never.
    var latest: Duration?
  }

  let settings: FirehoseSettings
  let quirks: FirehoseQuirks
  var storage: EDLStorage
  var state = State.off
  var now = Duration.zero
  var startsAt = Duration.zero
  var outbox = FirehoseOutbox()
  var collected: [UInt8] = []
  /// Whether the rest of a transfer that is too long is being dropped.
  var isDropping = false
  var configuration: FirehoseConfiguration?
  var validation: FirehoseValidation?
  var isAuthenticated: Bool
  var input: FirehoseRawInput?
  var output: FirehoseRawOutput?
  var job: FirehoseJob?
  var departure: Departure?
  var babble: FirehoseBabble?
  var events: [Event] = []
  var poked: [UInt64: UInt8] = [:]
  var provisioning = UFSProvisioning()

  // Counters since the programmer started.
  var configureCount = 0
  var responseCount: UInt64 = 0
  var programCount: UInt64 = 0
  var readCount: UInt64 = 0
  var patchCount: UInt64 = 0
  var receivedByteCount: UInt64 = 0
  var sentByteCount: UInt64 = 0
  var firedQuirks: Set<String> = []

  /// The longest document from the host; MaxXMLSizeInBytes.
  static let maximumDocumentByteCount = 4096
  /// Documents that the host has not read; more, and it accepts nothing.
  private static let outboxLimit = 20_000

  init(settings: FirehoseSettings, quirks: FirehoseQuirks, storage: EDLStorage) {
    self.settings = settings
    self.quirks = quirks
    self.storage = storage
    isAuthenticated = !settings.requiresAuthentication
  }

  // MARK: Life

  /// Sahara has started it.
  mutating func start(at now: Duration) {
    forget()
    self.now = max(self.now, now)
    state = .starting
    startsAt = self.now + settings.startDelay
    if settings.isValidated { validation = FirehoseValidation(requiresSignature: settings.requiresSignedTable) }
    advance(to: self.now)
  }

  /// It has been running for long, and says nothing by itself.
  mutating func resume() {
    forget()
    state = .document
  }

  /// Nothing is loaded any more.
  mutating func stop() {
    forget()
    state = .off
  }

  private mutating func forget() {
    clearTransfers()
    configuration = nil
    validation = nil
    isAuthenticated = !settings.requiresAuthentication
    departure = nil
    poked = [:]
    provisioning = UFSProvisioning()
    configureCount = 0
    responseCount = 0
    programCount = 0
    readCount = 0
    patchCount = 0
    receivedByteCount = 0
    sentByteCount = 0
    firedQuirks = []
  }

  /// The bus was reset: transfers are gone, and with them the command that they belonged to. The programmer goes on.
  mutating func busReset() {
    clearTransfers()
    if [.receiving, .sending, .working].contains(state) { state = .document }
  }

  private mutating func clearTransfers() {
    outbox.removeAll()
    collected = []
    isDropping = false
    input = nil
    output = nil
    job = nil
    babble = nil
  }

  mutating func takeEvents() -> [Event] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  // MARK: Time

  var nextWake: Duration? {
    var wakes: [Duration] = []
    if state == .starting { wakes.append(startsAt) }
    if state == .working { wakes.append(jobWake) }
    if let wake = outbox.nextWake, wake > now { wakes.append(wake) }
    if case .logs(_, let next) = babble, next > now { wakes.append(next) }
    if let departure {
      if departure.at > now {
        wakes.append(departure.at)
      } else if let latest = departure.latest {
        wakes.append(latest)
      }
    }
    return wakes.min()
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    if state == .starting, startsAt <= self.now { begin() }
    if state == .working { stepJob() }
    leaveIfDue()
  }

  private mutating func begin() {
    state = .document
    sayBanner()
  }

  mutating func leaveIfDue() {
    guard let departure, departure.at <= now else { return }
    guard outbox.isEmpty || departure.latest.map({ $0 <= now }) ?? false else { return }
    self.departure = nil
    outbox.removeAll()
    state = .closed
    events.append(.leaves(departure.action))
  }

  // MARK: OUT

  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool, at now: Duration) -> ReceiveAnswer {
    advance(to: now)
    if bytes.byteCount == 0 {
      receiveEmpty()
      return .accepted
    }
    var taken = 0
    while taken < bytes.byteCount {
      guard accepts else { return .busy(byteCount: taken) }
      let rest = bytes.extracting(taken..<bytes.byteCount)
      if validation?.expectsTable == true {
        taken += collectTable(rest, endsTransfer: endsTransfer)
      } else if state == .receiving {
        switch takeRaw(rest, endsTransfer: endsTransfer) {
        case .accepted: return .accepted
        case .busy(let count): taken += count
        case .stall: return .stall
        }
        if events.contains(.unplugged) { return .busy(byteCount: taken) }
      } else {
        collect(rest, endsTransfer: endsTransfer)
        taken = bytes.byteCount
      }
    }
    return .accepted
  }

  /// Whether the programmer has a read of its endpoint under way.
  private var accepts: Bool {
    (state == .document || state == .receiving) && departure == nil && outbox.blockingCount == 0
      && outbox.count < Self.outboxLimit
  }

  /// Zero-length packets mean something only where the end of raw data is waited for.
  private mutating func receiveEmpty() {
    if state == .receiving, input?.awaitsEnd == true { return finishInput() }
    if state == .document, !collected.isEmpty { finishTransfer() }
    isDropping = false
  }

  private mutating func collect(_ bytes: RawSpan, endsTransfer: Bool) {
    defer { if endsTransfer { isDropping = false } }
    if isDropping, !Self.beginsDocument(bytes) { return }
    isDropping = false
    let room = Self.maximumDocumentByteCount + 1 - collected.count
    unsafe bytes.withUnsafeBytes { buffer in unsafe collected.append(contentsOf: buffer.prefix(max(0, room))) }
    guard endsTransfer || collected.count > Self.maximumDocumentByteCount || Self.endsDocument(collected) else {
      return
    }
    isDropping = collected.count > Self.maximumDocumentByteCount
    finishTransfer()
  }

  private static func beginsDocument(_ bytes: RawSpan) -> Bool {
    let start = Array("<?xml".utf8)
    guard bytes.byteCount >= start.count else { return false }
    return unsafe bytes.withUnsafeBytes { unsafe $0.prefix(start.count).elementsEqual(start) }
  }

  /// Whether a document is complete though its transfer goes on: one as long as whole packets, without the packet that
  /// should end it.
  private static func endsDocument(_ bytes: [UInt8]) -> Bool {
    let end = bytes.reversed().drop { $0 <= 0x20 }.prefix(7).reversed()
    return String(decoding: Array(end), as: UTF8.self).lowercased() == "</data>"
  }

  private mutating func finishTransfer() {
    let transfer = collected
    collected = []
    if validation != nil, !validate(frame: transfer) { return }
    handle(transfer)
  }

  private mutating func collectTable(_ bytes: RawSpan, endsTransfer: Bool) -> Int {
    let count = min(bytes.byteCount, FirehoseValidation.maximumTableByteCount - collected.count)
    unsafe bytes.withUnsafeBytes { buffer in unsafe collected.append(contentsOf: buffer.prefix(count)) }
    let isWhole = collected.count == FirehoseValidation.maximumTableByteCount
    if isWhole || endsTransfer && count == bytes.byteCount {
      let table = collected
      collected = []
      takeTable(table)
    }
    return count
  }

  // MARK: IN

  /// The next transfer for the host; `nil` while there is nothing to say.
  mutating func transmit(at now: Duration) -> TransmitAnswer? {
    advance(to: now)
    defer { leaveIfDue() }
    switch outbox.first {
    case nil: return nextBabble()
    case .rawData: return nextChunk()
    case .transfer(var transfer):
      guard transfer.notBefore <= self.now else { return nil }
      outbox.removeFirst()
      while quirks.joinsDocuments, !transfer.joinsRawData, case .transfer(let other) = outbox.first,
        other.notBefore <= self.now, !other.bytes.isEmpty, transfer.bytes.count + other.bytes.count < 4096
      {
        transfer.bytes += other.bytes
        transfer.joinsRawData = other.joinsRawData
        outbox.removeFirst()
      }
      if transfer.joinsRawData, case .rawData = outbox.first,
        case .transfer(let chunk, let isTerminated) = nextChunk()
      {
        return .transfer(transfer.bytes + chunk, isTerminated: isTerminated)
      }
      return .transfer(transfer.bytes, isTerminated: true)
    }
  }
}
