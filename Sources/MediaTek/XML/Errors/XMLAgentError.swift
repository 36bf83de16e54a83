public import FlashCore
public import FlashImages

/// Why something with an XML agent did not succeed. Facts only; the program writes the sentence.
///
/// `during` is a command's name (`READ-FLASH`) or `start`, `attach`.
public enum XMLAgentError: Error, Equatable, Sendable {
  // The link.
  case transfer(LinkError, during: String)
  /// Nothing came for so long; `waitingFor` is what would have been next.
  case silence(during: String, waitingFor: String, after: Duration)
  case cancelled
  /// It did not come back after a change of speed.
  case notBack(OpenError)
  /// It came back, and its link could not be set up.
  case reopening(BootROMError)

  // The agent's answers.
  case violation(XMLAgentViolation, during: String)
  /// The agent has no such command.
  case unsupported(String)
  case refused(XMLAgentRefusal, during: String)
  /// The device wanted a file that is not part of what was asked of it, or to leave one where it has no business.
  case foreignFile(String, during: String)
  /// It announced another size than it was asked for.
  case size(announced: UInt64, expected: UInt64, during: String)

  // Starting.
  /// The first stage, or the second, never said that it waits for a command.
  case notStarted(stage: Int, after: Duration)
  /// The agent file's entry has no second stage.
  case noSecondStage(path: String, entry: Int)
  /// A first stage runs there already, which knows no storage.
  case firstStageRunning
  /// An earlier session was cut off, and the device waits for the rest of it.
  case outOfStep
  /// The device has no storage that agents know.
  case noStorage(String)
  case noSection(String)
  /// The agent wants a signature, and there is nobody to make one.
  case signatureRequired
  /// The user's signing program failed.
  case signer(BootROMError)

  // Files.
  /// Nothing can be sent of no bytes.
  case emptyFile(String)
  case file(ImageError)
  case output(ImageError)
}

extension XMLAgentError {
  init(_ error: LinkError, during name: String) {
    switch error {
    case .cancelled: self = .cancelled
    default: self = .transfer(error, during: name)
    }
  }

  /// What kind of failure it is, which decides how a process ends.
  public var category: BootROMError.Category {
    switch self {
    case .transfer(let error, let during): BootROMError.transfer(error, during: during).category
    case .silence, .notStarted, .notBack: .timeout
    case .reopening(let error), .signer(let error): error.category
    case .cancelled: .cancelled
    case .violation, .unsupported, .refused, .foreignFile, .size, .firstStageRunning, .outOfStep, .noStorage,
      .noSection:
      .protocolFailure
    case .signatureRequired: .usage
    case .noSecondStage, .emptyFile, .file, .output: .file
    }
  }
}

extension XMLAgentError: DeviceRefusal {
  public var leavesDeviceListening: Bool { if case .refused = self { true } else { isMissingCommand } }
  public var isMissingCommand: Bool { if case .unsupported = self { true } else { false } }
}
