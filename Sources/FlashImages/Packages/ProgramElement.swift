public import WireFormat

/// One element of a program or patch file, in the order of the document.
///
/// Source: `docs/protocols/qualcomm-packages.md` 3 and 6.
public struct ProgramElement: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    case program(Program)
    case erase(Erase)
    case zero(Zero)
    case read(Read)
    case digest(StorageArea)
    case patch(Patch)
    /// Part of the provisioning of UFS; as it is written.
    case provision(XMLElement)
    /// Any other command; as it is written.
    case command(XMLElement)

    /// Where the element writes; `nil` for those that write nowhere.
    public var area: StorageArea? {
      switch self {
      case .program(let program): program.area
      case .erase(let erase): erase.area
      case .zero(let zero): zero.area
      case .patch(let patch): patch.area
      case .read, .digest, .provision, .command: nil
      }
    }
  }

  /// Writes a file.
  public struct Program: Equatable, Sendable {
    public var area: StorageArea
    /// As written, `/` between folders; empty for an entry that names a partition and writes nothing.
    public var fileName: String
    /// The file name where the entry has none.
    public var label: String
    /// Sectors to leave out at the head of the file.
    public var fileOffset: DiskExpression
    /// What the attribute says; the file itself decides.
    public var isSparse: Bool
    public var readsBack: Bool
    /// What the vendor says the file's SHA-256 is, 64 lower-case digits.
    public var sha256: String?
    /// `force_erase`, which one vendor's tool honours.
    public var forcesErase: Bool
  }

  /// Erases sectors, or a drive.
  public struct Erase: Equatable, Sendable {
    public var area: StorageArea
    public var label: String
    /// `storagedrive`: all of it.
    public var isWholeDrive: Bool
  }

  /// Writes zeros.
  public struct Zero: Equatable, Sendable {
    public var area: StorageArea
    public var label: String
    public var isForFactory: Bool
  }

  /// Reads into a file.
  public struct Read: Equatable, Sendable {
    public var area: StorageArea
    public var fileName: String
  }

  /// Writes a number that depends on the disk.
  public struct Patch: Equatable, Sendable {
    /// Its `sectorCount` means nothing.
    public var area: StorageArea
    /// `DISK`, or a file of the host that the patch is meant for.
    public var fileName: String
    public var byteOffset: UInt64
    /// 1 to 8.
    public var byteCount: Int
    public var value: DiskExpression
    public var purpose: String

    public var isForDisk: Bool { fileName.lowercased() == "disk" }
  }

  public var action: Action
  public var place: PackagePlace
  /// Attributes that nothing here reads.
  public var unknownAttributes: [XMLAttribute]
}
