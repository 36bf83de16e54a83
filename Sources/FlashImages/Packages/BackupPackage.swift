/// A package that flashes a device's storage back as it is: which pieces to read into which files, and the descriptors
/// that write them.
///
/// ```swift
/// let package = BackupPackage(sections: sections, skipping: ["userdata"])
/// for piece in package.pieces where !piece.fileName.isEmpty { /* read piece.range sectors into piece.fileName */ }
/// for file in package.descriptors { /* write file.bytes to file.name */ }
/// ```
///
/// Pure: nothing is read or written here. Source: `docs/protocols/qualcomm-packages.md` 14.
public struct BackupPackage: Equatable, Sendable {
  /// A LUN, or a hardware partition of eMMC.
  public struct Section: Equatable, Sendable {
    public var number: UInt32
    /// In bytes.
    public var sectorByteCount: UInt64
    public var sectorCount: UInt64
    /// `nil` where there is none: the section is one piece then, unless it is raw flash with partitions.
    public var table: GPTTable?
    /// Raw flash: how it is divided; `nil` for everything else.
    public var flash: RawFlash?
    /// What files and labels of the section as a whole are called by; `nil` for its number.
    public var name: String?

    public init(
      number: UInt32, sectorByteCount: UInt64, sectorCount: UInt64, table: GPTTable?, flash: RawFlash? = nil,
      name: String? = nil
    ) {
      self.flash = flash
      self.name = name
      self.number = number
      self.sectorByteCount = sectorByteCount
      // No device has more bytes than a file offset counts; sums of sectors stay in range.
      self.sectorCount = min(sectorCount, UInt64(Int64.max) / max(1, sectorByteCount))
      self.table = table
    }
  }

  /// Files of whole sections and of both copies of a table.
  struct WholeNames: Equatable, Sendable {
    var section: String
    var primaryTable: String
    var backupTable: String

    init(_ section: Section) {
      let number = section.number
      self.section = section.name.map { BackupNames.safe($0) } ?? "lun\(number)"
      primaryTable = section.name.map { "pgpt_" + BackupNames.safe($0) } ?? "gpt_main\(number)"
      backupTable = section.name.map { "sgpt_" + BackupNames.safe($0) } ?? "gpt_backup\(number)"
    }

    var all: [String] { [section, primaryTable, backupTable] }
  }

  /// Raw NAND: erase blocks, and the partitions of its system table (`docs/protocols/qualcomm-packages.md` 7.2).
  public struct RawFlash: Equatable, Sendable {
    public struct Partition: Equatable, Sendable {
      public var label: String
      /// In pages.
      public var firstSector: UInt64
      public var sectorCount: UInt64

      public init(label: String, firstSector: UInt64, sectorCount: UInt64) {
        self.label = label
        self.firstSector = firstSector
        self.sectorCount = sectorCount
      }
    }

    public var pagesPerBlock: UInt64
    /// Empty where no table was found: the section is one piece then.
    public var partitions: [Partition]

    public init(pagesPerBlock: UInt64, partitions: [Partition]) {
      self.pagesPerBlock = pagesPerBlock
      self.partitions = partitions
    }
  }

  /// One stretch of a section, and the file that it goes to.
  public struct Piece: Equatable, Sendable {
    public enum Kind: String, Equatable, Sendable {
      case partition
      case primaryTable
      case backupTable
      /// A section without a table.
      case section
    }

    public var kind: Kind
    public var section: UInt32
    public var label: String
    /// Empty for what is left out: partitions that the user skips, or that have no sectors.
    public var fileName: String
    public var startSector: UInt64
    public var sectorCount: UInt64
    public var sectorByteCount: UInt64
    /// Raw flash: pages of an erase block.
    public var pagesPerBlock: UInt64?

    /// Bytes from the section's start; none for what is left out.
    public var byteRange: Range<UInt64> {
      let (start, overflows) = startSector.multipliedReportingOverflow(by: sectorByteCount)
      let (count, overflowsToo) = sectorCount.multipliedReportingOverflow(by: sectorByteCount)
      guard !fileName.isEmpty, !overflows, !overflowsToo, count <= UInt64.max - start else { return 0..<0 }
      return start..<start + count
    }
  }

  /// A text file of the package.
  public struct Descriptor: Equatable, Sendable {
    public var name: String
    public var bytes: [UInt8]
  }

  public let sections: [Section]
  /// By section, partitions first and the tables last: the order in which they are flashed.
  public let pieces: [Piece]
  let comment: String

  /// `skipping` are labels of partitions to leave out; `comment` goes into the descriptors (tool and date).
  ///
  /// Partitions that lie outside of their section are left out as those without sectors are.
  public init(sections: [Section], skipping: Set<String> = [], comment: String = "flashctl") {
    self.sections = sections
    // A comment must not end itself.
    self.comment = String(comment.map { $0 == "-" || $0 == ">" ? "_" : $0 })
    var names = BackupNames(sections)
    pieces = sections.flatMap { section in
      BackupLayout(section).pieces(skipping: skipping, names: &names)
    }
  }

  /// `rawprogram<L>.xml` and `patch<L>.xml` of every section.
  public var descriptors: [Descriptor] {
    sections.flatMap { section in
      [
        Descriptor(name: "rawprogram\(section.number).xml", bytes: rawprogram(section)),
        Descriptor(name: "patch\(section.number).xml", bytes: patch(section)),
      ]
    }
  }
}
