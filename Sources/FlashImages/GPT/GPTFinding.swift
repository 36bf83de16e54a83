/// Something about a disk's partition tables that whoever uses them should know.
public enum GPTFinding: Equatable, Sendable {
  /// How bad it is.
  public enum Severity: String, Equatable, Sendable {
    case note, warning, error
  }

  /// Only one copy is valid; the defect is the other one's.
  case primaryDamaged(GPTDefect)
  case backupDamaged(GPTDefect)
  /// Both copies are valid and say different things; the field is the first that differs.
  case copiesDiffer(String)
  /// The checksums do not fit; shown because damaged tables were asked for.
  case unverified
  /// The table waits for a patch that tells it the size of its disk.
  case unpatched
  /// The backup does not lie in the last sector.
  case backupElsewhere(lba: UInt64, expected: UInt64)
  /// The header names another sector for the backup than the disk's last one.
  case alternateElsewhere(lba: UInt64, expected: UInt64)
  case checksumOverSectors
  case noProtectiveMBR
  /// The MBR has real entries beside the protective one.
  case hybridMBR
  /// A range that ends before it begins, or lies outside the disk.
  case invalidRange(name: String, first: UInt64, last: UInt64)
  case outsideUsable(name: String, first: UInt64, last: UInt64)
  case overlap(String, String)
  case duplicateName(String)
  /// A partition without sectors, to be grown by a patch.
  case emptyPartition(String)

  public var severity: Severity {
    switch self {
    case .primaryDamaged, .backupDamaged, .copiesDiffer, .unverified, .backupElsewhere, .alternateElsewhere,
      .invalidRange, .overlap:
      .error
    case .unpatched, .noProtectiveMBR, .hybridMBR, .outsideUsable, .duplicateName: .warning
    case .checksumOverSectors, .emptyPartition: .note
    }
  }

  /// A name that stays the same across releases.
  public var code: String {
    switch self {
    case .primaryDamaged: "gpt-primary-damaged"
    case .backupDamaged: "gpt-backup-damaged"
    case .copiesDiffer: "gpt-copies-differ"
    case .unverified: "gpt-unverified"
    case .unpatched: "gpt-unpatched"
    case .backupElsewhere: "gpt-backup-elsewhere"
    case .alternateElsewhere: "gpt-alternate-elsewhere"
    case .checksumOverSectors: "gpt-checksum-over-sectors"
    case .noProtectiveMBR: "gpt-no-protective-mbr"
    case .hybridMBR: "gpt-hybrid-mbr"
    case .invalidRange: "gpt-invalid-range"
    case .outsideUsable: "gpt-outside-usable"
    case .overlap: "gpt-overlap"
    case .duplicateName: "gpt-duplicate-name"
    case .emptyPartition: "gpt-empty-partition"
    }
  }
}
