public import FlashCore
public import FlashImages

/// Why something over Firehose did not succeed. Facts only; the program writes the sentence.
///
/// `during` is a command's name, or `start`, `raw data`, `table`.
public enum FirehoseError: Error, Equatable, Sendable {
  // The link.
  case transfer(LinkError, during: String)
  /// The device said nothing, or took nothing, for so long; `said` is what it said last to this command.
  case silence(during: String, after: Duration, said: String? = nil)
  case cancelled

  // Starting.
  /// The programmer could not be started, or found.
  case sahara(SaharaError)
  case loader(LoaderError)
  /// The device is in its boot ROM, and no programmer was given.
  case loaderNeeded
  /// The device does not speak Firehose: a crash dump, streaming download.
  case otherMode(String)
  /// The programmer never answered: not at all, or it waits for the rest of somebody's raw data.
  case notResponding(isAttached: Bool)
  /// Bytes of Sahara where XML was expected: the ROM reports an error.
  case stillInSahara(status: UInt32)
  /// The programmer wants to be loaded again.
  case restartWanted(during: String)

  // The device's answers.
  case refused(FirehoseRefusal)
  case violation(FirehoseViolation, during: String)
  /// The programmer has no such command.
  case missingCommand(String)
  /// The largest payload that the device takes is smaller than a sector.
  case payload(UInt64, sectorByteCount: UInt32)
  /// The storage has other sectors than the package, or the user, says.
  case sectorSize(device: UInt32, given: UInt32)
  /// A section has another size than the user says.
  case sectorCount(section: String, device: UInt64, given: UInt64)

  /// What went wrong at which sectors; never one inside another.
  indirect case at(FirehoseExtent, FirehoseError)

  // Raw data.
  /// The device sends raw data of which nobody has said how many they are, and goes on beyond the limit, or for too long.
  case endlessData(command: String, limit: UInt64)
  /// The device sent fewer bytes than it was asked for.
  case shortRead(received: UInt64, expected: UInt64)
  /// The file could not be read; the rest of the announced data was sent as zeros so that the device goes on listening.
  case file(ImageError)
  /// What was read could not be stored.
  case output(ImageError)

  // The command line.
  /// A command that announces raw data was to be sent without any, or the data have another length.
  case rawData(command: String, given: UInt64?, needed: UInt64?)
  /// A file for raw data was given, and the device did what it was told without moving any.
  case noRawData(command: String)
  case document(FirehoseMessageError)
  case tooLong(byteCount: Int, limit: UInt64)
  /// Provisioning that needs the user's explicit word, or has it without need.
  case provisioning(FirehoseProvisioningError)

  // Validated Image Programming.
  /// The programmer takes only what signed tables list, and none were given.
  case digestTablesRequired
  /// Tables were given, and the programmer does not ask for any.
  case digestTablesNotWanted
  case digestTables(FirehoseVIPError)
}

/// How a programmer broke the protocol.
public enum FirehoseViolation: Error, Equatable, Sendable {
  /// A document that does not end, or is longer than 64 KiB.
  case endlessDocument
  /// A response that is neither ACK nor NAK.
  case unknownResponse(String)
  /// Raw data where none were expected, or none where some were.
  case rawMode(expected: Bool)
  /// More raw data than was asked for, or garbage behind them.
  case excessData(byteCount: UInt64)
  /// Log lines without an end.
  case endlessLogs(count: Int)
  /// Digests are 64 hexadecimal digits.
  case noDigest
  /// Memory that was asked for, and did not come in the logs.
  case noMemory(received: Int, expected: UInt64)
}

extension FirehoseError {
  /// What kind of failure it is, which decides how a process ends.
  public var category: SaharaError.Category {
    switch self {
    case .at(_, let error): error.category
    case .transfer(let error, let during): SaharaError.transfer(error, during: during).category
    case .silence, .notResponding: .timeout
    case .shortRead: .transfer
    case .cancelled: .cancelled
    case .sahara(let error): error.category
    case .file, .output, .loader: .file
    default: .protocolFailure
    }
  }

  /// The reasons of a NAK.
  var reasons: [FirehoseReason] { refusal?.reasons ?? [] }

  /// The error itself, without the sectors that it is about.
  public var cause: FirehoseError { if case .at(_, let error) = self { error } else { self } }

  /// The NAK, if it is one.
  public var refusal: FirehoseRefusal? { if case .refused(let refusal) = cause { refusal } else { nil } }

  /// Whether the device refused a command before it moved any data: what it does where there is no such place.
  var isRefusalOfPlace: Bool { refusal.map { !$0.followsData } ?? false }

  /// The same with the sectors that were worked on, where the device or the way to it is at fault.
  func located(at extent: FirehoseExtent) -> FirehoseError {
    switch self {
    case .refused, .silence, .violation, .shortRead, .transfer, .restartWanted: .at(extent, self)
    default: self
    }
  }
}

extension FirehoseError: DeviceRefusal {
  public var leavesDeviceListening: Bool { isRefusalOfPlace }
  public var isMissingCommand: Bool { if case .missingCommand = cause { true } else { false } }
}
