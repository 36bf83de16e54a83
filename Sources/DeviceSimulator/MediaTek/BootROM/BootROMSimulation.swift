import MediaTek
import WireFormat

/// A boot ROM or preloader as a state machine: the bytes that a host sends in, transfers out.
///
/// Written from `docs/protocols/mtk-brom.md` 17.1, with nothing of the host's sessions in it. The host's transfers are a
/// stream; each field that the device answers is a transfer of its own.
struct BootROMSimulation: Sendable {
  enum State: Sendable {
    /// A preloader before the first A0: it waits for that, or for a token.
    case listening([UInt8])
    /// The byte at a place of the handshake is due.
    case synchronising(Int)
    case command
    /// Bytes behind a command.
    case parameters(Parameters)
    /// Values that are written to memory as they come.
    case values(Writing)
    case data(Receiving)
    /// META has been entered: it waits for DISCONNECT and for the host to drop the line.
    case meta([UInt8])
    /// It answers nothing any more: it idles, or is about to leave.
    case deaf
  }

  /// What becomes of the device.
  enum Outcome: Equatable, Sendable {
    /// An agent, or a program of the user's, runs from here on.
    case jumped(address: UInt32, image: [UInt8], signatureByteCount: Int)
    /// It starts anew.
    case restart
    /// It goes on with its own boot loader, or in a mode that a token named.
    case boots
    /// It is off the bus until it is turned on again.
    case turnedOff
    /// It leaves the bus for good.
    case stays
  }

  /// Fields of a command that are still to come.
  struct Parameters: Sendable {
    var purpose: Purpose
    /// Bytes of each.
    var widths: [Int]
    var isEchoed = true
    var fields: [[UInt8]] = []
    var partial: [UInt8] = []

    enum Purpose: Equatable, Sendable {
      case command(BootROMOpcode)
      /// The 64 behind JUMP_DA64.
      case jump64(UInt32)
      case responseLength
      case imageChecksum
    }

    func number(_ index: Int) -> UInt32 {
      fields.indices.contains(index) ? fields[index].reduce(0) { $0 << 8 | UInt32($1) } : 0
    }
  }

  struct Writing: Sendable {
    var address: UInt32
    var width: Int
    var left: UInt32
    var isEchoed = true
    var hasStatus = true
    var partial: [UInt8] = []
  }

  struct Receiving: Sendable {
    enum Kind: Equatable, Sendable {
      case agent(address: UInt32, signatureByteCount: Int)
      case authentication
      case certificate
      case environment
      case image(String)
      case response
      /// Old chips: memory, pairs of bytes swapped.
      case block(UInt32)
    }

    var kind: Kind
    var byteCount: Int
    var content: [UInt8] = []
  }

  /// What is on its way to the host.
  private enum Outgoing: Sendable {
    case bytes([UInt8], isBlock: Bool)
    case reading(Reading)
  }

  /// Values that are read as the host takes them, however many it has asked for.
  struct Reading: Sendable {
    var address: UInt32
    var width: Int
    var left: UInt32
    var endsWithStatus: Bool
  }

  let settings: BootROMSettings
  let quirks: BootROMQuirks
  let packetByteCount: Int
  var state: State
  var memory = BootROMMemory()
  /// What was sent and let in.
  var agent: (address: UInt32, image: [UInt8], signatureByteCount: Int)?
  var pendingAgent: Receiving?
  var images: [String: [UInt8]] = [:]
  var isLinkAuthenticated = false
  var hasAuthenticationFile = false
  var isWatchdogStopped = false

  private var outbox: [Outgoing] = []
  private var outcome: Outcome?
  /// When it leaves though the host has not read all that it said.
  private var outcomeLimit: Duration?
  /// A host has set the line: READY from now on.
  private var hasTool = false
  private var nextReady: Duration?
  private var windowEnd: Duration?
  private var watchdogEnd: Duration?
  private var vanishing: Duration?
  private var leaving: Duration?
  private var booting: Duration?
  var now = Duration.zero

  init(settings: BootROMSettings, quirks: BootROMQuirks, packetByteCount: Int) {
    self.settings = settings
    self.quirks = quirks
    self.packetByteCount = packetByteCount
    if quirks.isSynchronised {
      state = .command
    } else {
      state = settings.isPreloader || quirks.swallowsFirstByte ? .listening([]) : .synchronising(0)
    }
    if quirks.isOld { storeOldVersions() }
  }

  /// The registers that chips before MT6575 are recognised by (8.2).
  private mutating func storeOldVersions() {
    for (offset, value) in [settings.hardwareVersion, settings.softwareVersion, settings.hardwareCode].enumerated() {
      memory.store(UInt32(value.value), at: 0x8000_0000 + UInt32(4 * offset), byteCount: 2)
    }
    memory.store(UInt32(settings.hardwareSubCode.value), at: 0x8000_000C, byteCount: 2)
  }

  // MARK: Time

  static let readyInterval = Duration.milliseconds(20)

  /// How long what was said last may wait for the host.
  private static let lastWordsLimit = Duration.milliseconds(300)

  var nextWake: Duration? {
    [nextReady, windowEnd, watchdogEnd, vanishing, leaving, booting, outcomeLimit].compactMap { $0 }.min()
  }

  /// The device has been turned on, or reset on the bus: its window begins.
  mutating func start(at now: Duration) {
    self.now = now
    if settings.actor == .preloader {
      windowEnd = now + (quirks.hasShortWindow ? .milliseconds(300) : settings.window)
    }
    if let limit = quirks.vanishesAfter { vanishing = now + .milliseconds(Int64(clamping: limit.value)) }
    if case .command = state { watchCommands() }
  }

  mutating func advance(to now: Duration) {
    self.now = max(self.now, now)
    if let due = nextReady, due <= self.now {
      if outbox.isEmpty { put(BootROMToken.ready) }
      nextReady = self.now + Self.readyInterval
    }
    if let end = windowEnd, end <= self.now { finish(with: .turnedOff) }
    if let end = vanishing, end <= self.now {
      outbox = []
      finish(with: .turnedOff)
    }
    if let end = watchdogEnd, end <= self.now {
      outbox = []
      finish(with: .restart)
    }
    if let end = outcomeLimit, end <= self.now { outbox = [] }
    if let end = booting, end <= self.now { finish(with: .boots) }
    if let end = leaving, end <= self.now { finish(with: .stays) }
  }

  /// The device is done here. What it has said already is still read.
  mutating func finish(with outcome: Outcome) {
    if self.outcome == nil {
      self.outcome = outcome
      outcomeLimit = now + Self.lastWordsLimit
    }
    state = .deaf
    (nextReady, windowEnd, watchdogEnd) = (nil, nil, nil)
    (vanishing, leaving, booting) = (nil, nil, nil)
  }

  /// In command state nothing but the watchdog ends a session. A preloader kicks it with each command.
  mutating func watchCommands() {
    windowEnd = nil
    nextReady = nil
    guard settings.watchdogTime > .zero, !isWatchdogStopped else { return watchdogEnd = nil }
    if watchdogEnd == nil || settings.isPreloader { watchdogEnd = now + settings.watchdogTime }
  }

  mutating func stopWatchdog() {
    isWatchdogStopped = true
    watchdogEnd = nil
  }

  /// STAY_STILL: it leaves in a moment.
  mutating func leaveSoon() {
    state = .deaf
    leaving = now + .milliseconds(100)
  }

  mutating func stopReady() { nextReady = nil }

  /// It goes on by itself after a while; its window does not count any more.
  mutating func boot(after limit: Duration) {
    windowEnd = nil
    booting = now + limit
  }

  // MARK: To the host

  mutating func put(_ bytes: [UInt8], isBlock: Bool = false) { outbox.append(.bytes(bytes, isBlock: isBlock)) }

  mutating func put(status: BootROMStatus) { put(number: status.rawValue) }

  mutating func put(number: some FixedWidthInteger) {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    put(bytes)
  }

  mutating func put(_ reading: Reading) { outbox.append(.reading(reading)) }

  /// A 32-bit length, and so many bytes.
  mutating func put(block: [UInt8]) {
    put(number: UInt32(clamping: block.count))
    if !block.isEmpty { put(block, isBlock: true) }
  }

  /// What becomes of the device, once the host has read what was said before. A program that was started runs at once.
  mutating func takeOutcome() -> Outcome? {
    guard let outcome else { return nil }
    if case .jumped = outcome {} else if !outbox.isEmpty { return nil }
    self.outcome = nil
    outcomeLimit = nil
    return outcome
  }

  mutating func transmit() -> TransmitAnswer? {
    guard let first = outbox.first else { return nil }
    switch first {
    case .bytes(let bytes, let isBlock):
      if quirks.splitsBytes, bytes.count > 1 {
        outbox[0] = .bytes(Array(bytes.dropFirst()), isBlock: isBlock)
        return .transfer([bytes[0]], isTerminated: false)
      }
      outbox.removeFirst()
      return .transfer(bytes, isTerminated: quirks.endsBlocks && bytes.count % packetByteCount == 0)
    case .reading(let reading): return .transfer(next(of: reading), isTerminated: false)
    }
  }

  /// The next value of a read, in a transfer of its own; all of them at once where fields are merged.
  private mutating func next(of reading: Reading) -> [UInt8] {
    var reading = reading
    var bytes: [UInt8] = []
    let count = quirks.mergesFields ? min(reading.left, 1024) : 1
    for _ in 0..<count {
      let value = memory.value(at: reading.address, byteCount: reading.width)
      for index in (0..<reading.width).reversed() {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
      }
      reading.address &+= UInt32(reading.width)
      reading.left -= 1
    }
    if reading.left > 0 {
      outbox[0] = .reading(reading)
    } else if reading.endsWithStatus {
      outbox[0] = .bytes([0, 0], isBlock: false)
    } else {
      outbox.removeFirst()
    }
    return bytes
  }

  // MARK: From the host

  /// SET_LINE_CODING: there is a tool.
  mutating func noticeTool(at now: Duration) {
    self.now = max(self.now, now)
    guard settings.isPreloader, case .listening = state, !hasTool else { return }
    hasTool = true
    nextReady = self.now + Self.readyInterval
  }

  /// Bytes of one transfer, or of a part of it.
  mutating func receive(_ bytes: RawSpan, at now: Duration) {
    self.now = max(self.now, now)
    let before = outbox.count
    var offset = 0
    while offset < bytes.byteCount {
      if case .data(var job) = state {
        let count = min(bytes.byteCount - offset, job.byteCount - job.content.count)
        unsafe bytes.extracting(offset..<offset + count).withUnsafeBytes { unsafe job.content.append(contentsOf: $0) }
        offset += count
        state = .data(job)
        if job.content.count == job.byteCount { finish(job) }
      } else {
        guard let byte = try? bytes.byte(at: offset) else { return }
        offset += 1
        take(byte)
      }
    }
    if quirks.mergesFields { merge(from: before) }
  }

  /// Joins what the host has brought about just now.
  private mutating func merge(from start: Int) {
    guard outbox.count > start + 1 else { return }
    var merged: [Outgoing] = []
    for item in outbox[start...] {
      if case .bytes(let more, _) = item, case .bytes(let bytes, let isBlock)? = merged.last {
        merged[merged.count - 1] = .bytes(bytes + more, isBlock: isBlock)
      } else {
        merged.append(item)
      }
    }
    outbox.replaceSubrange(start..., with: merged)
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .listening(let heard): listen(byte, after: heard)
    case .synchronising(let place): synchronise(byte, at: place)
    case .command:
      watchCommands()
      begin(byte)
    case .parameters(var parameters):
      parameters.partial.append(byte)
      state = .parameters(parameters)
      if parameters.partial.count == parameters.widths.first { completeField(of: parameters) }
    case .values(let job): write(byte, job)
    case .meta(let heard): state = .meta(Array((heard + [byte]).suffix(16)))
    case .data, .deaf: break
    }
  }

  private mutating func completeField(of parameters: Parameters) {
    var parameters = parameters
    if parameters.isEchoed { put(parameters.partial) }
    parameters.fields.append(parameters.partial)
    parameters.partial = []
    parameters.widths.removeFirst()
    state = .parameters(parameters)
    if parameters.widths.isEmpty { run(parameters) }
  }
}
