public import FlashCore
public import FlashImages
public import WireFormat

/// Why something with an XFlash agent did not succeed. Facts only; the program writes the sentence.
///
/// `during` is a command's or control's name as the protocol has it, or `agent`, `data`.
public enum XFlashError: Error, Equatable, Sendable {
  // The link.
  case transfer(LinkError, during: String)
  /// Nothing came for so long; there is no way to get in step again but to restart the device.
  case silence(during: String, after: Duration)
  case cancelled
  /// The device did not come back after it had left to change its speed.
  case notBack(OpenError, during: String)

  // Frames.
  /// What came is no frame.
  case frame(WireError, during: String)
  /// A frame longer than any that may come there.
  case oversizedFrame(during: String, byteCount: UInt64, limit: UInt64)
  /// A frame of this length means nothing there.
  case unexpectedFrame(during: String, byteCount: UInt64)
  /// Log lines, and nothing else.
  case endlessLog(during: String, count: Int)
  /// An answer that is shorter than its layout, or has a value that cannot be.
  case answer(WireError, during: String)

  // The device's answers.
  /// A status that ends the command. `place` is the stretch of the storage that it was about.
  case refused(XFlashStatus, during: String, place: String?)
  /// The agent answers nothing any more after this status.
  case lost(XFlashStatus, during: String)
  /// Packet lengths with which nothing can be written.
  case packetLengths(XFlashPacketLengths)

  // Starting.
  /// What came in place of the byte that agents begin with.
  case noAgent(beginning: [UInt8])
  /// The agent has to set up the memory, and the user gave no preloader to take the settings from.
  case memorySettingsMissing
  /// The user's file has no settings of memory.
  case noMemorySettings(path: String)
  /// None of the settings fits, or memory does not work with them.
  case memoryFailed(XFlashStatus?)
  /// The agent file's entry has no second stage.
  case noSecondStage(path: String)
  case secondStageSilent(after: Duration)
  /// A first stage runs, and there is no agent file to take the second one from.
  case firstStageOnly
  /// The agent wants what it is asked to do signed, and the user has no signer.
  case signatureMissing
  case signatureRefused(XFlashStatus)
  /// The user's signing program failed.
  case signer(BootROMError)

  // Storage.
  /// The agent knows of no storage.
  case noStorage
  /// The storage has no such section.
  case noSection(String)
  /// Nothing of what was to be read, written or erased is whole sectors.
  case unaligned(byteCount: UInt64, unit: UInt64)

  // Files.
  case file(ImageError)
  case output(ImageError)

  /// What kind of failure it is, which decides how a process ends.
  public enum Category: String, Sendable {
    case timeout
    case transfer
    case protocolFailure
    case file
    case output
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
    case .silence, .notBack, .secondStageSilent: .timeout
    case .cancelled: .cancelled
    case .frame, .oversizedFrame, .unexpectedFrame, .endlessLog, .answer, .refused, .lost, .packetLengths, .noAgent,
      .memoryFailed, .signatureRefused, .noStorage:
      .protocolFailure
    case .memorySettingsMissing, .firstStageOnly, .signatureMissing, .signer, .noSection, .unaligned: .usage
    case .noMemorySettings, .noSecondStage, .file: .file
    case .output: .output
    }
  }

  init(_ error: LinkError, during name: String) {
    switch error {
    case .cancelled: self = .cancelled
    case .timedOut(let after): self = .silence(during: name, after: after)
    default: self = .transfer(error, during: name)
    }
  }

  /// The same with the stretch that a refusal was about.
  func located(at place: String) -> XFlashError {
    guard case .refused(let status, let name, nil) = self else { return self }
    return .refused(status, during: name, place: place)
  }

  /// The device's status, where it refused.
  public var refusal: XFlashStatus? {
    if case .refused(let status, _, _) = self { status } else { nil }
  }

  /// Whether the agent does not know the command or control, so that another way may be tried.
  var meansMissing: Bool {
    switch refusal {
    case .unsupportedCommand?, .unsupportedControl?, .unsupportedOperation?: true
    default: false
    }
  }
}

extension XFlashError: DeviceRefusal {
  public var leavesDeviceListening: Bool { if case .refused = self { true } else { false } }
  public var isMissingCommand: Bool {
    if case .refused(let status, _, _) = self { status == .unsupportedCommand } else { false }
  }
}
