import Qualcomm
import WireFormat

/// The device's side of Sahara: a part of every simulated device that starts in it.
///
/// It takes OUT data and gives IN data as a `SimulatedDevice` does; the device around it has the descriptors, and goes on
/// with what Sahara has started once `outcome` says so. Written from `docs/protocols/sahara.md` 6.1 and 7.
struct SaharaSimulation: Sendable {
  enum State: Equatable {
    case awaitingHelloResponse
    /// `left` bytes of a range of an image are still to come.
    case receivingImage(left: UInt64)
    case awaitingDone
    case command
    case awaitingExecuteData(SaharaClientCommand)
    case debug
    case error
    /// Sahara is over.
    case left
  }

  /// Why Sahara is over.
  enum Outcome: Equatable {
    /// All images have arrived: what they are starts.
    case imagesComplete
    /// A client command has led to another protocol.
    case switched(SaharaClientCommand)
    /// RESET; the answer is on its way.
    case reset
    /// It leaves the bus for a moment.
    case unplugged
  }

  /// What it received of an image, as far as that is kept.
  struct KeptPiece: Equatable, Sendable {
    var imageID: UInt64
    var offset: UInt64
    var bytes: [UInt8]
  }

  let settings: SaharaSettings
  let quirks: SaharaQuirks

  var state = State.awaitingHelloResponse
  /// What the device around has to do; it takes it with `takeOutcome`.
  var outcome: Outcome?
  var keptPieces: [KeptPiece] = []
  var keptByteCount = 0

  private var collected: [UInt8] = []
  private var outbox: [(bytes: [UInt8], isData: Bool)] = []
  var memoryReader: SaharaMemoryReader?

  var imageIndex = 0
  var plan: SaharaReadPlan?
  var position: (id: UInt64, offset: UInt64) = (0, 0)
  var pieceCount: UInt64 = 0
  private var hasLeftOnce = false

  private static let longestTransfer = 4096

  init(settings: SaharaSettings, quirks: SaharaQuirks) {
    self.settings = settings
    self.quirks = quirks
    start()
  }

  /// Back to the beginning, with HELLO on its way.
  mutating func start() {
    collected = []
    outbox = []
    memoryReader = nil
    plan = nil
    imageIndex = 0
    outcome = nil
    state = quirks.isProgrammerRunning ? .left : .awaitingHelloResponse
    if quirks.isProgrammerRunning { outcome = .imagesComplete }
    if state == .awaitingHelloResponse, !quirks.swallowsHello { sayHello() }
  }

  /// The cable was pulled, or the host has configured the device anew. A device that was told to leave after HELLO_RSP
  /// waits for another one.
  mutating func busReset() {
    guard state != .left else { return }
    start()
  }

  mutating func takeOutcome() -> Outcome? {
    defer { outcome = nil }
    return outcome
  }

  // MARK: IN

  /// The next transfer for the host; `nil` while there is nothing to say.
  mutating func transmit(atMost count: Int) -> TransmitAnswer? {
    if !outbox.isEmpty {
      var next = outbox.removeFirst()
      while quirks.joinsPackets, !next.isData, let other = outbox.first, !other.isData {
        next.bytes += other.bytes
        outbox.removeFirst()
      }
      return .transfer(next.bytes, isTerminated: next.isData ? settings.endsData : true)
    }
    guard var reader = memoryReader else { return nil }
    let piece = reader.next(endsData: settings.endsData)
    memoryReader = reader.isAtEnd ? nil : reader
    return piece
  }

  /// Whether everything that was said has been read.
  var isOutboxEmpty: Bool { outbox.isEmpty && memoryReader == nil }

  mutating func say(_ packet: SaharaPacket) { outbox.append((packet.bytes, false)) }

  mutating func sayData(_ bytes: [UInt8]) { outbox.append((bytes, true)) }

  mutating func sayHello() {
    var hello = SaharaHello(
      version: settings.version, minimumVersion: settings.minimumVersion,
      maximumCommandByteCount: settings.maximumCommandByteCount, mode: settings.mode)
    if quirks.saysOddHello {
      hello.maximumCommandByteCount = 0xFFFF_FFFF
      hello.reserved = [1, 2, 3, 0xDEAD_BEEF, 5, 6]
    }
    state = .awaitingHelloResponse
    say(.hello(hello))
  }

  /// Reports an error, after which only a reset helps.
  mutating func fail(_ status: SaharaStatus) {
    let id = if case .receivingImage = state { UInt32(truncatingIfNeeded: position.id) } else { 0 as UInt32 }
    memoryReader = nil
    state = .error
    say(.endOfImage(SaharaEndOfImage(imageID: id, status: status)))
  }

  // MARK: OUT

  /// Takes OUT data; `endsTransfer` says that the transfer ends with them.
  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool) {
    var taken = 0
    while taken < bytes.byteCount, case .receivingImage(let left) = state {
      if taken == 0, isReset(bytes, endsTransfer: endsTransfer, outstanding: left) { return handle(.reset) }
      let count = Int(min(left, UInt64(bytes.byteCount - taken)))
      take(bytes.extracting(taken..<taken + count), left: left)
      taken += count
    }
    if taken > 0, taken == bytes.byteCount { return }
    if bytes.byteCount == 0 { return receiveEmpty() }
    collect(bytes.extracting(taken..<bytes.byteCount), endsTransfer: endsTransfer)
  }

  /// A host that cannot deliver sends RESET in place of data: eight bytes of its own where another length is due.
  private func isReset(_ bytes: RawSpan, endsTransfer: Bool, outstanding: UInt64) -> Bool {
    guard endsTransfer, outstanding != 8, let packet = try? SaharaPacket(parsing: bytes) else { return false }
    return packet == .reset
  }

  mutating func receiveEmpty() {
    if case .receivingImage = state, quirks.isStrictAboutZLP { return fail(SaharaStatus(rawValue: 0x28)) }
    guard !collected.isEmpty else { return }
    finishTransfer()
  }

  mutating func collect(_ bytes: RawSpan, endsTransfer: Bool) {
    let room = Self.longestTransfer + 1 - collected.count
    unsafe bytes.withUnsafeBytes { buffer in unsafe collected.append(contentsOf: buffer.prefix(max(0, room))) }
    if endsTransfer || collected.count > Self.longestTransfer { finishTransfer() }
  }

  mutating func finishTransfer() {
    let transfer = collected
    collected = []
    guard state != .left else { return }
    let packet: SaharaPacket
    do throws(SaharaPacketError) { packet = try SaharaPacket(parsing: transfer.rawSpan) } catch {
      // What it does not understand it does not hear in its error state either.
      guard state != .error else { return }
      if case .unknownCommand = error { return fail(.invalidCommand) }
      return fail(.invalidPacketSize)
    }
    handle(packet)
  }

  mutating func handle(_ packet: SaharaPacket) {
    switch (state, packet) {
    case (.left, _): break
    case (.error, .reset) where quirks.isDeafInError: break
    case (_, .reset):
      memoryReader = nil
      outbox = []
      say(.resetResponse)
      state = .left
      outcome = .reset
    case (_, .resetStateMachine) where settings.knowsStateMachineReset:
      let isAgain = quirks.swallowsHello
      start()
      if isAgain, state == .awaitingHelloResponse { sayHello() }
    case (_, .resetStateMachine): break
    case (.error, _): break
    case (.awaitingHelloResponse, .helloResponse(let response)): answer(response)
    case (.awaitingDone, .done): finishImage()
    case (.command, .execute(let command)): execute(command)
    case (.command, .switchMode(let mode)): switchMode(mode)
    case (.awaitingExecuteData(let command), .executeData(let other)): deliver(command, asked: other)
    case (.debug, .memoryRead(let range)): read(range)
    default: fail(.invalidCommand)
    }
  }

  mutating func answer(_ response: SaharaHelloResponse) {
    guard response.version >= settings.minimumVersion else { return fail(.invalidHostVersion) }
    guard response.status == .success else { return fail(.hostError) }
    if quirks.leavesAfterHello, !hasLeftOnce {
      hasLeftOnce = true
      outcome = .unplugged
      return
    }
    switch response.mode {
    case .imageTransferPending, .imageTransferComplete:
      guard settings.mode != .memoryDebug else { return fail(.modeNotSupported) }
      beginImage()
    case .memoryDebug:
      guard let memory = settings.memory else { return fail(.modeNotSupported) }
      state = .debug
      say(
        .memoryDebug(
          SaharaMemoryRange(
            width: memory.width, address: memory.tableAddress, length: UInt64(memory.table.bytes.count))))
    case .command:
      guard settings.hasCommandMode else { return fail(.modeNotSupported) }
      state = .command
      say(.commandReady)
    default: fail(.modeNotSupported)
    }
  }
}
