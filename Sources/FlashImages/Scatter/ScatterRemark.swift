public import WireFormat

/// Something odd about a file that stops nothing.
public struct ScatterRemark: Equatable, Sendable {
  public var oddity: ScatterOddity
  /// From 1.
  public var line: Int?
  /// The entry's name.
  public var entry: String?

  public init(_ oddity: ScatterOddity, line: Int? = nil, entry: String? = nil) {
    self.oddity = oddity
    self.line = line
    self.entry = entry
  }
}

/// What is odd. Source of the rules: `docs/protocols/mtk-scatter.md`.
public enum ScatterOddity: Equatable, Sendable {
  case xml(XMLOddity)
  /// A line that means nothing in this syntax.
  case unknownLine(String)
  /// A key stands twice in a block; the first one counts.
  case repeatedKey(String)
  /// So many entries repeat an earlier one word for word.
  case repeatedEntries(Int)
  /// An entry repeats the name of an earlier one and says other things; the first one counts.
  case contradiction
  /// A reserved entry without a name.
  case emptyEntry
  /// No version, or one that nobody has described; `nil` where there is none.
  case unknownVersion(String?, readAs: ScatterVersion)
  /// Linear and physical start differ where they should not; the physical one counts.
  case addressesDiffer(linear: UInt64, physical: UInt64)
  case unknownType(String)
  case unknownOperation(String)
  case unknownRegion(String)
  case unknownStorage(String)
  /// Nothing tells the storage.
  case assumedStorage(ScatterStorage)
  /// A block size of 0 or above 1 GiB; the storage's usual one counts.
  case badBlockSize(UInt64)
  /// Text between the braces of a legacy entry.
  case textInBraces
  /// A legacy file of an eMMC without an entry for its boot record: where the user section begins is not known.
  case noBootRecord

  /// Whether it deserves a warning, or is a note only.
  public var isWarning: Bool {
    switch self {
    case .repeatedEntries, .emptyEntry, .textInBraces: false
    default: true
    }
  }
}
