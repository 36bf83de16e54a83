/// Gets in step with a boot ROM or preloader, without I/O, and finds out which of the two it is.
///
/// The device may be a boot ROM that has just started, a preloader that listens (and swallows the first A0), either of them
/// in the command state of an earlier session, or an agent that runs already. To the last, A0 would be the beginning of a
/// frame and leave it out of step; so unless the device shows what it is by itself, a frame comes first that agents answer,
/// and that boot ROMs take for harmless bytes. Source: `docs/protocols/mtk-brom.md` 6.
public struct BootROMHandshake: BootROMSession {
  private enum State: Equatable {
    case listening
    /// The header of the frame has been sent: some agents take it and the payload as transfers of their own only.
    case announcing
    /// The frame has been sent.
    case probing
    /// The frame's answers are being collected.
    case collecting
    /// The byte at a place of the sequence has been sent.
    case synchronising(Int)
    /// Something else than the sequence's answer has come: what follows it is read away.
    case draining
    /// FE has been sent into a device that seems to be in command state.
    case confirming
    /// FE has been sent after the handshake.
    case asking
    case finished
  }

  /// What is sent; the answers are the complements.
  static let sequence: [UInt8] = [0xA0, 0x0A, 0x50, 0x05]
  /// An XFlash frame with the command DEVICE_CTRL: what agents of both generations answer with a frame. None of its bytes
  /// is a command of boot ROMs, but for FE, the query of a version.
  static let agentProbe: [UInt8] = [0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0, 4, 0, 0, 0, 9, 0, 1, 0]
  /// What every frame of an agent begins with.
  static let frameMagic: [UInt8] = [0xEF, 0xEE, 0xEE, 0xFE]
  /// The one raw byte that XFlash and legacy agents begin with.
  static let agentByte: UInt8 = 0xC0

  public let name = "handshake"
  private let policy: BootROMPolicy
  private let probesForAgent: Bool
  /// Whether the rest of an echo has been waited for.
  private var isPatient = false
  private var state = State.listening
  /// Bytes without an answer so far, and how many in a row.
  private var attempts = 0
  private var silentInARow = 0
  /// What has come and fits nowhere, as far as messages show it.
  private var noise: [UInt8] = []
  /// What came before the rest of it was read.
  private var beginning: [UInt8] = []
  private var noiseByteCount = 0
  /// Bytes of READY since something was sent.
  private var readyByteCount = 0
  /// Whether READY was heard: a preloader that listens, and no agent.
  public private(set) var heardReady = false
  /// Who it is, once the session has finished.
  public private(set) var actor: BootROMActor?

  /// `probesForAgent` is false where no agent can be running.
  public init(policy: BootROMPolicy = BootROMPolicy(), probesForAgent: Bool = true) {
    self.policy = policy
    self.probesForAgent = probesForAgent
  }

  public mutating func start() -> BootROMAction { .drain(quiet: policy.listenLimit) }

  // MARK: Input

  public mutating func receive(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    switch state {
    case .listening: return try listened(bytes)
    case .announcing: return announced()
    case .probing, .collecting: return try probed(bytes)
    case .synchronising(let place): return try answered(bytes, at: place)
    case .draining: return try drained(bytes)
    case .confirming, .asking: return try versioned(bytes)
    case .finished: return .finish
    }
  }

  public mutating func silence(received: Int, after limit: Duration) throws(BootROMError) -> BootROMAction {
    switch state {
    case .probing: return begin()
    case .synchronising: return try unanswered()
    case .confirming, .asking:
      // It has left the command state, or never was in it.
      return try unanswered()
    case .collecting where isPatient: return try probed([])
    case .listening, .announcing, .collecting, .draining: return begin()
    case .finished: return .finish
    }
  }

  // MARK: Before the first byte

  private mutating func listened(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    try checkForAgent(bytes)
    if !bytes.isEmpty, bytes.allSatisfy(BootROMToken.ready.contains) { heardReady = true }
    guard probesForAgent, !heardReady else { return begin() }
    state = .announcing
    return .exchange(Array(Self.agentProbe[..<XFlashHeader.byteCount]), count: 0, limit: policy.agentProbeLimit)
  }

  private mutating func announced() -> BootROMAction {
    state = .probing
    return .exchange(Array(Self.agentProbe[XFlashHeader.byteCount...]), count: 1, limit: policy.agentProbeLimit)
  }

  /// The first byte of the answer to the probe, then all of it.
  private mutating func probed(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    if state == .probing {
      if let byte = bytes.first, BootROMToken.ready.contains(byte) {
        // A preloader that listens, and says so until A0 comes.
        heardReady = true
        return begin()
      }
      beginning = bytes
      state = .collecting
      return .drain(quiet: policy.quietLimit)
    }
    let answer = beginning + bytes
    // The probe come back, byte by byte: command state. Only the fourth may differ, the answer to FE.
    if answer.count == Self.agentProbe.count, answer[..<3] == Self.agentProbe[..<3],
      answer[4...] == Self.agentProbe[4...]
    {
      return found(BootROMActor(versionAnswer: answer[3]))
    }
    if !isPatient, Self.mayBecomeEcho(answer) {
      // Over a slow link the echo comes in pieces, and its beginning is an agent's too.
      isPatient = true
      beginning = answer
      return .drain(quiet: policy.commandLimit)
    }
    try checkForAgent(answer)
    // One byte for sixteen: command state of a device that does not say unknown commands back, and its answer to FE.
    return answer.count == 1 ? confirm() : begin()
  }

  /// Whether it is the beginning of the probe said back, and not all of it.
  private static func mayBecomeEcho(_ answer: [UInt8]) -> Bool {
    guard !answer.isEmpty, answer.count < agentProbe.count else { return false }
    return zip(answer, agentProbe).enumerated().allSatisfy { index, pair in index == 3 || pair.0 == pair.1 }
  }

  private mutating func confirm() -> BootROMAction {
    state = .confirming
    return .exchange([BootROMOpcode.preloaderVersion.rawValue], count: 1, limit: policy.handshakeLimit)
  }

  /// Throws when the bytes are an agent's.
  private func checkForAgent(_ bytes: [UInt8]) throws(BootROMError) {
    if bytes.starts(with: Self.frameMagic) || bytes.last == Self.agentByte { throw .agentRunning(beginning: bytes) }
    guard let frame = Self.frame(behindLeftovers: bytes) else { return }
    throw .agentRunning(beginning: frame)
  }

  /// The last frame in bytes that begin with the rest of something else, as when an earlier session was cut off in the
  /// middle of data; `nil` where there is none. The probe itself, said back, is none.
  private static func frame(behindLeftovers bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count > agentProbe.count else { return nil }
    var place = bytes.count - frameMagic.count
    while place > 0 {
      let rest = bytes[place...]
      if rest.starts(with: frameMagic) { return agentProbe.starts(with: rest.prefix(16)) ? nil : Array(rest) }
      place -= 1
    }
    return nil
  }

  // MARK: The sequence

  private mutating func begin() -> BootROMAction { step(0) }

  private mutating func step(_ place: Int) -> BootROMAction {
    guard place < Self.sequence.count else {
      state = .asking
      return .exchange([BootROMOpcode.preloaderVersion.rawValue], count: 1, limit: policy.commandLimit)
    }
    state = .synchronising(place)
    readyByteCount = 0
    return .exchange([Self.sequence[place]], count: 1, limit: policy.handshakeLimit)
  }

  private mutating func answered(_ bytes: [UInt8], at place: Int) throws(BootROMError) -> BootROMAction {
    guard let byte = bytes.first else { return try unanswered() }
    if byte == ~Self.sequence[place] {
      silentInARow = 0
      return step(place + 1)
    }
    if BootROMToken.ready.contains(byte) {
      heardReady = true
      return try ready(limit: policy.handshakeLimit)
    }
    if place == 0, byte == Self.sequence[0] {
      // An unknown command's echo: it is in command state already.
      return confirm()
    }
    return try discard(byte)
  }

  /// READY may have been under way. A preloader that goes on saying it has not heard what was sent.
  private mutating func ready(limit: Duration) throws(BootROMError) -> BootROMAction {
    try count(noise: 1)
    readyByteCount += 1
    guard readyByteCount < Self.readyByteLimit else { return try unanswered() }
    return .exchange([], count: 1, limit: limit)
  }

  /// Said three times, in 60 ms.
  private static let readyByteLimit = 3 * BootROMToken.ready.count

  /// Silence: the first A0 may be swallowed; and later preloaders answer none that comes in the middle of the sequence,
  /// where they take it for its beginning. So from the second time on, what follows A0 is tried in between.
  private mutating func unanswered() throws(BootROMError) -> BootROMAction {
    attempts += 1
    silentInARow += 1
    guard attempts < policy.handshakeAttempts else {
      guard noise.isEmpty else { throw .noHandshake(answer: noise) }
      throw .notResponding(attempts: attempts)
    }
    let isInMiddle = state == .synchronising(0) && silentInARow % 2 == 0
    return step(isInMiddle ? 1 : 0)
  }

  /// A byte that has no place here: everything behind it is read away, and the sequence begins anew.
  private mutating func discard(_ byte: UInt8) throws(BootROMError) -> BootROMAction {
    if noise.count < 16 { noise.append(byte) }
    attempts += 1
    guard attempts < policy.handshakeAttempts else { throw .noHandshake(answer: noise) }
    try count(noise: 1)
    beginning = [byte]
    state = .draining
    return .drain(quiet: policy.quietLimit)
  }

  private mutating func drained(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    try count(noise: bytes.count)
    try checkForAgent(beginning + bytes)
    return begin()
  }

  private mutating func count(noise count: Int) throws(BootROMError) {
    noiseByteCount += count
    guard noiseByteCount <= policy.noiseByteCount else { throw .noHandshake(answer: noise) }
  }

  // MARK: Who it is

  private mutating func versioned(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    guard let byte = bytes.first else { return try unanswered() }
    if state == .asking || state == .confirming, BootROMToken.ready.contains(byte) {
      return try ready(limit: policy.commandLimit)
    }
    // FE and one: it was not in command state, and took the query for a wrong byte of the sequence.
    if byte == BootROMOpcode.preloaderVersion.rawValue &+ 1 { return try discard(byte) }
    return found(BootROMActor(versionAnswer: byte))
  }

  private mutating func found(_ actor: BootROMActor) -> BootROMAction {
    self.actor = actor
    state = .finished
    return .finish
  }
}
