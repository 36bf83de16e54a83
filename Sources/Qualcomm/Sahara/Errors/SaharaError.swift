public import FlashCore
public import FlashImages
public import WireFormat

/// Why something over Sahara did not succeed. Facts only; the program writes the sentence.
///
/// `during` is a packet's name (`SaharaCommand.name`) or `open`, `image data`, `region table`, `memory`.
public enum SaharaError: Error, Equatable, Sendable {
  // The link.
  /// A transfer failed: disconnect, stall, or a failure of the system.
  case transfer(LinkError, during: String)
  /// The device did not answer, or did not take data, for so long.
  case silence(during: String, after: Duration)
  /// No interface with the shape of Sahara's: class FF, subclass FF, one bulk endpoint each way (1.1).
  case noInterface
  case cancelled

  // What the device is in.
  /// Nothing brought an answer: neither HELLO_RSP, XML nor RESET_STATE_MACHINE (6.2).
  case notResponding
  /// The device is in Sahara's error state, and RESET_STATE_MACHINE does not bring it back.
  case errorState(SaharaStatus?)
  /// A Firehose programmer runs already, so there is no Sahara to speak to.
  case programmerRunning
  /// The device speaks in HDLC frames: streaming download or DIAG.
  case hdlc
  /// The device offers another mode than the one that the command needs.
  case wrongMode(device: SaharaMode, needed: SaharaMode)
  /// The device accepts no version that this host speaks.
  case incompatibleVersion(device: UInt32, minimum: UInt32)

  // The device's answers.
  /// END_OF_IMAGE_TX in place of an answer.
  case refused(SaharaStatus, during: String)
  case violation(SaharaViolation, during: String)

  // Image transfer.
  /// The device took an image and did not like it.
  case imageRefused(id: UInt64, status: SaharaStatus)
  /// The device asks for an image that was not given.
  case missingImage(id: UInt64, given: [UInt64])
  case requestBeyondImage(id: UInt64, offset: UInt64, length: UInt64, imageLength: UInt64)
  /// After the images that were given the device waits for another one, and does not say which.
  case wantsAnotherImage
  /// The device asks for the same image over and over.
  case endlessRequests(id: UInt64, requests: Int, byteCount: UInt64)
  /// A loader's file could not be read.
  case file(ImageError)

  // Memory.
  case memoryRefused(address: UInt64, length: UInt64, status: SaharaStatus)
  /// A piece of memory ended early.
  case shortMemory(address: UInt64, received: UInt64, expected: UInt64)
  /// The region table cannot be one.
  case invalidTable(WireError)
  /// A file of the dump could not be written.
  case output(ImageError)
}

/// How a device broke Sahara.
public enum SaharaViolation: Error, Equatable, Sendable {
  case packet(SaharaPacketError)
  /// A packet that has no place here.
  case unexpected(SaharaCommand)
  /// More raw data than was asked for.
  case excessData(received: UInt64, expected: UInt64)
  /// An answer longer than this host takes.
  case oversizedAnswer(byteCount: UInt64, limit: UInt64)
  /// The answer belongs to another client command.
  case otherCommand(asked: SaharaClientCommand, answered: SaharaClientCommand)
  /// HELLO over and over, without any progress between.
  case repeatedHello(count: Int)
  /// Bytes without any meaning, and no end of them.
  case noise(byteCount: UInt64)
}

extension SaharaError {
  /// What kind of failure it is, which decides how a process ends.
  public enum Category: String, Sendable {
    case timeout
    case transfer
    case protocolFailure
    case file
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
    case .silence, .notResponding: .timeout
    case .noInterface, .errorState, .programmerRunning, .hdlc, .wrongMode, .incompatibleVersion, .refused, .violation,
      .imageRefused, .missingImage, .wantsAnotherImage, .endlessRequests, .memoryRefused, .shortMemory, .invalidTable:
      .protocolFailure
    case .requestBeyondImage, .file, .output: .file
    case .cancelled: .cancelled
    }
  }
}
