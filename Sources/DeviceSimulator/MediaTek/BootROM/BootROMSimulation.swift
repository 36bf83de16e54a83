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
    /// It goes on in fastboot.
    case fastboot
    /// It is off the bus until it is turned on again.
    case turnedOff
    /// It leaves the bus for good.
    case stays
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

  var outbox: [Outgoing] = []
  var outcome: Outcome?
  /// When it leaves though the host has not read all that it said.
  var outcomeLimit: Duration?
  /// A host has set the line: READY from now on.
  var hasTool = false
  var nextReady: Duration?
  var windowEnd: Duration?
  var watchdogEnd: Duration?
  var vanishing: Duration?
  var leaving: Duration?
  var booting: Duration?
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
