/// What a programmer's log says about why it refused something: facts out of lines that are worth recognising.
///
/// There are no numeric error codes in the protocol. Source: `docs/protocols/firehose.md` 9.
public enum FirehoseReason: Equatable, Sendable {
  /// The proposed payload is larger than the device takes; part of the negotiation.
  case payloadTooLarge
  /// The storage's sectors have so many bytes.
  case sectorSize(UInt32)
  /// The storage is none of this kind; `use` is what it seems to be.
  case wrongMemory(use: FirehoseMemory?)
  /// UFS storage that is not provisioned, or none at all.
  case storageNotOpened
  /// There is no such physical partition.
  case noPartition
  /// NAND: memory type or page size are wrong.
  case ioOptions
  /// A failed open has left the storage unusable until the power is cycled.
  case storageStackLost
  /// Only `nop` and `sig` are accepted before the manufacturer's authentication.
  case authenticationRequired
  case signatureRefused
  case patchTooLarge
  /// The manufacturer's programmer keeps this area closed.
  case rangeRestricted
  /// The storage failed; the name of the failure as the programmer writes it.
  case storageFailure(String)
  case digestTablesRequired
  /// An older programmer calls an attribute otherwise.
  case invalidParameters
  /// The programmer saw something that is no XML.
  case notXML
  /// The programmer does not know the command.
  case unknownCommand

  /// What a line says; `nil` for most of them.
  public init?(_ line: String) {
    func has(_ text: String) -> Bool { line.contains(text) }
    if has("payload to target size is too large") || has("larger than supported") {
      self = .payloadTooLarge
    } else if let size = Self.sectorSize(in: line) {
      self = .sectorSize(size)
    } else if has("Not support configure MemoryName") {
      self = .wrongMemory(use: line.lowercased().contains("emmc") ? .ufs : nil)
    } else if has("Failed to open the SDCC Device") {
      self = .wrongMemory(use: .ufs)
    } else if has("Failed to initialize (open whole lun) UFS Device") {
      self = .storageNotOpened
    } else if has("Failed to open the UFS Device") || has("Failed to open the device") {
      self = .noPartition
    } else if has("Failed to set the IO options") {
      self = .ioOptions
    } else if has("OPEN handle NULL") || has("WLUN_DEV) failed") {
      self = .storageStackLost
    } else if let other = Self.lessFrequent(line) {
      self = other
    } else {
      return nil
    }
  }

  private static func lessFrequent(_ line: String) -> FirehoseReason? {
    func has(_ text: String) -> Bool { line.contains(text) }
    if has("tag can be recevied before authentication") || has("tag can be received before authentication") {
      return .authenticationRequired
    }
    if has("Verifying signature failed") || has("Authentication of signed hash failed") { return .signatureRefused }
    if has("patch size too large") { return .patchTooLarge }
    if has("Range restricted") { return .rangeRestricted }
    if has("VIP is enabled") { return .digestTablesRequired }
    if has("Invalid parameters") { return .invalidParameters }
    if has("XML not formed correctly") { return .notXML }
    if let failure = storageFailure(in: line) { return .storageFailure(failure) }
    let lower = line.lowercased()
    let isUnknown = ["not recognized", "not recognised", "unrecognized", "unknown command", "not supported tag"]
    return line.contains("ERROR") && isUnknown.contains(where: lower.contains) ? .unknownCommand : nil
  }

  /// The number behind one of the two ways in which programmers name their sector size.
  private static func sectorSize(in line: String) -> UInt32? {
    for phrase in ["must be equal to disk sector size", "different from device sector size"] {
      guard let tail = line.split(separator: phrase, maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
      else { continue }
      let digits = tail.drop { !$0.isASCII || !$0.isNumber }.prefix { $0.isASCII && $0.isNumber }
      guard let size = UInt32(digits), FirehoseLimits.isSectorSize(size) else { return nil }
      return size
    }
    return nil
  }

  /// `STORAGE_READ_FAILURE` and the like.
  private static func storageFailure(in line: String) -> String? {
    let words = line.split { !($0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.first { $0.hasPrefix("STORAGE_") && $0.count > 8 }.map(String.init)
  }
}

/// A NAK, with everything that the device said to it.
public struct FirehoseRefusal: Error, Equatable, Sendable {
  /// The command's name.
  public var command: String
  /// The last line that reports an error: the reason in the device's own words. `nil` when it gave none.
  public var lastError: String?
  /// What the lines mean, the last one first.
  public var reasons: [FirehoseReason]
  /// The last lines that the device logged before it refused.
  public var logs: [String]
  /// The command was accepted and its raw data were moved before it was refused: there is such a place, and it failed.
  public var followsData = false

  static let keptLogs = 16

  public init(command: String, logs: [String]) {
    self.command = command
    self.logs = Array(logs.suffix(Self.keptLogs))
    lastError = logs.last { FirehoseLog($0).isError } ?? logs.last { FirehoseReason($0) != nil }
    reasons = logs.reversed().compactMap { FirehoseReason($0) }
  }

  /// The same, once raw data have been moved.
  var behindData: FirehoseRefusal {
    var refusal = self
    refusal.followsData = true
    return refusal
  }
}
