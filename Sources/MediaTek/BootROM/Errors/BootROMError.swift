public import FlashCore
public import FlashImages

/// Why something with a boot ROM or preloader did not succeed. Facts only; the program writes the sentence.
///
/// `during` is a command's name (`BootROMOpcode.name`) or `open`, `handshake`, a text token, `agent`.
public enum BootROMError: Error, Equatable, Sendable {
  // The link.
  /// A transfer failed: disconnect, stall, or a failure of the system.
  case transfer(LinkError, during: String)
  /// Fewer bytes came than the answer has, for so long.
  case silence(during: String, received: Int, expected: Int, after: Duration)
  /// No interface with a bulk endpoint each way.
  case noInterface
  case cancelled

  // Getting in touch.
  /// The device left the bus while it was being spoken to: a preloader's window had passed, or a watchdog bit.
  case leftDuringHandshake(after: Duration, isBootROM: Bool)
  /// Nothing brought an answer.
  case notResponding(attempts: Int)
  /// Answers, but not those of the handshake.
  case noHandshake(answer: [UInt8])
  /// An agent runs there already; its first bytes.
  case agentRunning(beginning: [UInt8])
  /// A preloader did not say that it listens.
  case notListening(after: Duration)
  case tokenRefused(token: String, answer: [UInt8])

  // The device's answers.
  /// The echo differs from what was sent: the two are out of step.
  case lostEcho(during: String, sent: [UInt8], received: [UInt8])
  case refused(BootROMStatus, during: String)
  /// The device computed another checksum over what it got.
  case wrongChecksum(during: String, sent: UInt16, device: UInt16)
  /// A block longer than any that the command can have.
  case oversizedBlock(during: String, byteCount: UInt64, limit: UInt64)
  /// The command needs the other one of boot ROM and preloader.
  case wrongActor(BootROMActor, during: String)

  /// Nobody has described the watchdog that would restart this chip.
  case unknownWatchdog(hardwareCode: UInt16)

  // Starting an agent.
  /// The chip demands what the user has no file for.
  case missingMaterial([BootROMMaterial])
  /// A signature was refused: of the agent, or of an authentication file.
  case signatureRefused(BootROMStatus, during: String, by: BootROMActor)
  /// The user's signing program failed.
  case signer(SignerFailure)
  /// No entry of the agent file is for this chip.
  case noAgent(hardwareCode: UInt16, path: String, listed: [UInt16])
  /// The entry has no first stage.
  case noFirstStage(path: String, entry: Int)
  case noSuchEntry(path: String, entry: Int, count: Int)
  /// No agent file was given, and what was asked for needs one.
  case noAgentFile
  /// The chip is one of the oldest, whose boot ROM takes no agents of today's protocols.
  case oldChip
  /// A file of the user's could not be read, or is not what it should be.
  case file(ImageError)

  /// How an external signer failed.
  public enum SignerFailure: Error, Equatable, Sendable {
    case notStarted(errno: Int32)
    case ended(status: Int32)
    case noAnswer(after: Duration)
    case badAnswer(byteCount: Int)
  }
}

/// Files that a chip's security can demand.
public enum BootROMMaterial: String, Equatable, Sendable, CaseIterable {
  /// An authentication file: DAA.
  case authentication = "--auth"
  /// A root certificate.
  case certificate = "--cert"
  /// A program that signs: SLA.
  case signer = "--sla-signer"
}

extension BootROMError {
  init(_ error: LinkError, during name: String) {
    switch error {
    case .cancelled: self = .cancelled
    default: self = .transfer(error, during: name)
    }
  }

  /// What kind of failure it is, which decides how a process ends.
  public enum Category: String, Sendable {
    case timeout
    case transfer
    case protocolFailure
    case file
    case usage
    case cancelled
  }

  public var category: Category {
    switch self {
    case .transfer(let error, _):
      switch error {
      case .timedOut, .busy: .timeout
      case .cancelled: .cancelled
      case .overflow, .unsupported, .violation: .protocolFailure
      case .stalled, .disconnected, .system: .transfer
      }
    case .silence, .leftDuringHandshake, .notResponding, .notListening: .timeout
    case .noInterface, .noHandshake, .agentRunning, .tokenRefused, .lostEcho, .refused, .wrongChecksum,
      .oversizedBlock, .wrongActor, .signatureRefused, .unknownWatchdog:
      .protocolFailure
    case .oldChip: .protocolFailure
    case .missingMaterial, .noAgentFile, .noSuchEntry, .signer: .usage
    case .noAgent, .noFirstStage, .file: .file
    case .cancelled: .cancelled
    }
  }
}

extension BootROMError: PassingDevice {
  public var hasPassed: Bool {
    switch self {
    case .leftDuringHandshake, .transfer(.disconnected, during: "open"): true
    default: false
    }
  }
}
