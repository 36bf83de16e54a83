/// A condition, and where it was found.
public struct FIASCOFinding: Equatable, Sendable {
  /// How bad a finding is, in a mode of reading.
  public enum Severity: String, Equatable, Sendable {
    /// Worth telling; nothing is wrong.
    case note
    /// Odd, but everything can be used.
    case warning
    /// What was found cannot be used.
    case error
  }

  public var condition: FIASCOCondition
  /// The byte in the file that shows it.
  public var offset: UInt64
  /// Index into `FIASCOFile.images`, where it is about an image that was read.
  public var image: Int?

  public init(_ condition: FIASCOCondition, offset: UInt64, image: Int? = nil) {
    self.condition = condition
    self.offset = offset
    self.image = image
  }

  /// `F01` … `F21`, stable.
  public var code: String { condition.entry.code }

  /// The term of `docs/protocols/fiasco.md` 11.
  public var term: String { condition.entry.term }

  public var facts: [String: String] { condition.facts }

  /// The columns of section 11. With `unverified`, wrong checksums and hashes are warnings.
  public func severity(in mode: FIASCOFile.Mode) -> Severity {
    switch condition {
    case .notFIASCO, .truncatedFileHeader, .noBlocks, .firstBlockNotFileData, .truncatedData, .tooManyHeaderBlocks,
      .tooManyImages:
      .error
    case .headerChecksumWrong, .dataHashWrong: mode == .unverified ? .warning : .error
    case .trailingData, .truncatedImageHeader, .misplacedPart: mode == .strict ? .error : .warning
    case .damagedBlock: mode == .strict ? .warning : .note
    case .unknownType, .unknownBlock: .note
    case .headerLengthDisagrees, .noImages, .typeDiffers, .duplicateImage, .oddRevision, .blockCountTooSmall: .warning
    }
  }

  /// Whether reading ends with an error: any error when strict, else only a file header that cannot be read.
  func isFatal(in mode: FIASCOFile.Mode) -> Bool {
    switch condition {
    case .notFIASCO, .truncatedFileHeader, .tooManyHeaderBlocks: true
    default: mode == .strict && severity(in: mode) == .error
    }
  }

  /// The finding as an error: code, term and facts.
  public func error(path: String) -> ImageError {
    let details = facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return .malformed(
      path: path, offset: offset, reason: "\(code) \(term)" + (details.isEmpty ? "" : " (\(details))"))
  }
}
