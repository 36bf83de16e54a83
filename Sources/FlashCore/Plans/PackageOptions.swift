/// How the descriptors of a package become a plan: what the user chose, and what he allowed.
public struct PackageOptions: Equatable, Sendable {
  /// Which section the device is made to boot from.
  public enum Bootable: Equatable, Sendable {
    /// The one that the package's labels tell.
    case byLabel
    case never
    case section(UInt32)
  }

  /// `--search-path`: folders that files are looked for in before any other.
  public var searchPaths: [String] = []
  /// `--only`: labels; everything when there are none.
  public var only: [String] = []
  /// `--skip`: labels that are left out.
  public var skip: [String] = []
  /// `--allow-protected`: partitions with data of this one device may be written.
  public var allowsProtected = false
  /// `--allow-fusing`: what burns fuses may be written.
  public var allowsFusing = false
  /// `--allow-overlap`: extents may overlap; the later one counts.
  public var allowsOverlap = false
  /// `--allow-missing`: entries whose file is missing are left out.
  public var allowsMissing = false
  /// `--allow-truncate`: of files longer than their entry only the beginning is written.
  public var allowsTruncation = false
  /// `--allow-full-erase`: whole drives may be erased.
  public var allowsFullErase = false
  /// `--factory`: what is for factories alone is done too.
  public var isFactory = false
  /// `--vendor-erase`: the range of an entry with `force_erase` is erased.
  public var honoursForcedErase = false
  /// `--erase-first`: the room of every entry is erased before its file is written.
  public var erasesFirst = false
  /// `--zero-dont-care`: what sparse images leave out is written as zeros.
  public var zeroesSkips = false
  /// `--force-sector-size`: sectors of the descriptors have this many bytes, whatever they say.
  public var sectorByteCount: UInt64?
  /// `--raw` and `--no-unsparse`: sparse and compressed files are written as they are; what should be sparse and is not, too.
  public var isRaw = false
  /// `--no-decompress`: compressed files are written as they are.
  public var unpacks = true
  /// `--no-sparse`: sparse images are written as they are.
  public var expandsSparse = true
  public var bootable = Bootable.byLabel
  /// `--disk-sectors SECTION=N`: sizes of sections that no device has told, in sectors.
  public var sectorCounts: [String: UInt64] = [:]

  public init() {}

  /// What becomes of an image's layers.
  public var layers: ImageReference.Layers {
    switch (isRaw, unpacks, expandsSparse) {
    case (true, _, _), (_, false, false): .asIs
    case (_, true, false): .unpacked
    case (_, false, true): .unsparsed
    case (_, true, true): zeroesSkips ? .zeroFilled : .expanded
    }
  }

  /// Whether an entry of that label is wanted.
  public func selects(_ label: String) -> Bool {
    func isNamed(_ labels: [String]) -> Bool { labels.contains { $0.lowercased() == label.lowercased() } }
    return (only.isEmpty || isNamed(only)) && !isNamed(skip)
  }
}
