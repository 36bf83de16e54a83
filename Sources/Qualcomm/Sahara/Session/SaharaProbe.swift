import WireFormat

/// Finds out what a device is in, without any I/O: the beginning of every session.
///
/// HELLO is sent once, and may have been read by somebody else; a programmer may be running already; an earlier session
/// may have been cut off. The decision table is `docs/protocols/sahara.md` 6.2; at its end, before the device is called
/// dead, RESET_STATE_MACHINE is tried: a device in its error state answers nothing else.
public struct SaharaProbe: Sendable {
  private enum State: Equatable {
    case listening
    /// HELLO_RSP has been sent into the silence.
    case answering
    /// A `nop` has been sent.
    case asking
    /// RESET_STATE_MACHINE has been sent.
    case resetting
    case finished
  }

  private let wanted: SaharaMode
  private let mayBeProgrammer: Bool
  private let policy: SaharaPolicy
  private var state: State = .listening
  private let now: @Sendable () -> Duration
  private var noise: UInt64 = 0
  private var noiseBegin: Duration?
  private var emptyTransfers = 0
  private var lastStatus: SaharaStatus?

  /// What was found, once the session has finished.
  public private(set) var found: SaharaFound?

  static let nop = Array(#"<?xml version="1.0" ?><data><nop /></data>"#.utf8)
  private static let emptyTransferLimit = 64

  /// `wanted` is the mode that the probe asks for. `mayBeProgrammer` is false where Firehose is no option: for a dump.
  /// `now` is the link's clock.
  public init(
    wanted: SaharaMode, mayBeProgrammer: Bool = true, policy: SaharaPolicy = SaharaPolicy(),
    now: @escaping @Sendable () -> Duration = { .zero }
  ) {
    self.now = now
    self.wanted = wanted
    self.mayBeProgrammer = mayBeProgrammer
    self.policy = policy
  }

  public mutating func start() -> SaharaAction { .exchange(nil, name: "HELLO", limit: policy.probeLimit) }

  /// Nothing came.
  public mutating func silence() throws(SaharaError) -> SaharaAction {
    switch state {
    case .listening:
      state = .answering
      return .send(.helloResponse(SaharaHelloResponse(mode: wanted)), limit: policy.probeLimit)
    case .answering where mayBeProgrammer:
      state = .asking
      return .exchange(Self.nop, name: "nop", limit: policy.probeLimit)
    case .answering, .asking: return resetStateMachine()
    case .resetting:
      if let lastStatus { throw .errorState(lastStatus) }
      throw .notResponding
    case .finished: return .finish(nil)
    }
  }

  public mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    guard !transfer.isEmpty else {
      emptyTransfers += 1
      guard emptyTransfers <= Self.emptyTransferLimit else { throw .violation(.noise(byteCount: 0), during: "HELLO") }
      return .exchange(nil, name: "HELLO", limit: policy.probeLimit)
    }
    if SaharaTransfer.isXML(transfer) { return finish(.programmer(beginning: transfer)) }
    if let packet = try? SaharaPacket(parsing: transfer.rawSpan) { return try receive(packet) }
    if transfer.first == 0x7E { return finish(.hdlc(beginning: transfer)) }
    return try skip(transfer)
  }

  private mutating func receive(_ packet: SaharaPacket) throws(SaharaError) -> SaharaAction {
    switch packet {
    case .hello(let hello):
      guard hello.minimumVersion <= SaharaFound.highestVersion else {
        throw .incompatibleVersion(device: hello.version, minimum: hello.minimumVersion)
      }
      return finish(.hello(hello))
    case .readData where wanted.isImageTransfer, .memoryDebug where wanted == .memoryDebug,
      .commandReady where wanted == .command:
      return finish(.packet(packet))
    case .endOfImage(let end):
      lastStatus = end.status
      guard state != .resetting else { throw .errorState(end.status) }
      return resetStateMachine()
    case .readData, .memoryDebug, .commandReady, .doneResponse, .executeResponse, .resetResponse:
      guard state != .resetting else { throw .violation(.unexpected(packet.command), during: "RESET_STATE_MACHINE") }
      return resetStateMachine()
    case .helloResponse, .done, .reset, .memoryRead, .switchMode, .execute, .executeData, .resetStateMachine:
      throw .violation(.unexpected(packet.command), during: "HELLO")
    }
  }

  private mutating func resetStateMachine() -> SaharaAction {
    state = .resetting
    return .send(.resetStateMachine, limit: policy.probeLimit)
  }

  /// What an earlier session left on its way: the rest of a piece of memory. It has an end, in bytes and in time.
  private mutating func skip(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    noise += UInt64(transfer.count)
    let begin = noiseBegin ?? now()
    noiseBegin = begin
    guard noise <= policy.noiseByteCount, now() - begin <= policy.noiseTotal else {
      throw .violation(.noise(byteCount: noise), during: "HELLO")
    }
    return .exchange(nil, name: "HELLO", limit: policy.probeLimit)
  }

  private mutating func finish(_ found: SaharaFound) -> SaharaAction {
    state = .finished
    self.found = found
    return .finish(nil)
  }
}

/// What runs on a device, and how far its session has got.
public enum SaharaFound: Equatable, Sendable {
  /// The highest version that this host speaks.
  static let highestVersion: UInt32 = 3

  /// HELLO, which waits for its answer.
  case hello(SaharaHello)
  /// HELLO had been read by somebody else; its answer brought this packet.
  case packet(SaharaPacket)
  /// A Firehose programmer, with what it said.
  case programmer(beginning: [UInt8])
  /// HDLC frames: streaming download or DIAG.
  case hdlc(beginning: [UInt8])
}
