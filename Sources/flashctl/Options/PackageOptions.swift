import ArgumentParser
import FlashCore

/// Where the files of a package are looked for, and which of its entries count.
struct PackageEntryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Look for files here before anywhere else; may be repeated.", valueName: "folder"),
    completion: .directory)
  var searchPath: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only entries with these labels, comma-separated (gpt: partition tables and their patches).",
      valueName: "labels"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Leave out entries with these labels, comma-separated.", valueName: "labels"))
  var skip: [String] = []

  @Flag(help: "Leave out entries whose file is missing.")
  var allowMissing = false

  @Flag(help: "Of files longer than their entry write only the beginning.")
  var allowTruncate = false

  @Flag(help: "Let entries overlap; the later one counts.")
  var allowOverlap = false

  @Option(
    help: ArgumentHelp(
      "Take sectors of the descriptors to have this many bytes, whatever they say.", valueName: "bytes"))
  var forceSectorSize: UInt64?

  mutating func validate() throws {
    if let size = forceSectorSize, !(256...65536).contains(size) || size.nonzeroBitCount != 1 {
      throw ValidationError("--force-sector-size takes a power of two from 256 to 65536.")
    }
  }

  /// The choices, with nothing allowed beyond them.
  var options: PackageOptions {
    var options = PackageOptions()
    options.searchPaths = searchPath
    options.only = Self.words(only)
    options.skip = Self.words(skip)
    options.allowsMissing = allowMissing
    options.allowsTruncation = allowTruncate
    options.allowsOverlap = allowOverlap
    options.sectorByteCount = forceSectorSize
    return options
  }

  private static func words(_ lists: [String]) -> [String] {
    lists.flatMap { $0.split(separator: ",").map(String.init) }.filter { !$0.isEmpty }
  }
}

/// How the entries of a package are written.
struct PackageSelectionOptions: ParsableArguments {
  @OptionGroup var entries: PackageEntryOptions

  @Flag(help: "Do what is meant for factories alone too.")
  var factory = false

  @Flag(help: "Erase the range of entries that say force_erase.")
  var vendorErase = false

  @OptionGroup var writing: ImageWritingOptions

  /// The choices, with nothing allowed beyond them.
  var options: PackageOptions {
    var options = entries.options
    options.isFactory = factory
    options.honoursForcedErase = vendorErase
    writing.apply(to: &options)
    return options
  }
}

/// How images are written, of packages and single ones alike.
struct ImageWritingOptions: ParsableArguments {
  @Flag(
    name: [.customLong("raw"), .customLong("no-unsparse")],
    help: "Write sparse and compressed files as they are.")
  var raw = false

  @Flag(help: "Do not unpack compressed files.")
  var noDecompress = false

  @Flag(help: "Do not expand sparse images.")
  var noSparse = false

  @Flag(help: "Erase all the room of a partition or entry before its file is written.")
  var eraseFirst = false

  @Flag(
    name: [.customLong("zero-dont-care"), .customLong("sparse-zero")],
    help: "Write zeros where a sparse image leaves out what it does not care about.")
  var zeroDontCare = false

  mutating func validate() throws {
    guard !zeroDontCare || !(raw || noSparse || noDecompress) else {
      throw ValidationError("--zero-dont-care goes with none of --raw, --no-sparse and --no-decompress.")
    }
  }

  func apply(to options: inout PackageOptions) {
    options.isRaw = raw
    options.unpacks = !noDecompress
    options.expandsSparse = !noSparse
    options.erasesFirst = eraseFirst
    options.zeroesSkips = zeroDontCare
  }
}

/// Sizes of a storage's sections that no device tells.
struct SectionSizeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The size of a section where no device tells it: SECTION=SECTORS; may be repeated.", valueName: "section=n"))
  var diskSectors: [SectorCountArgument] = []

  /// Sectors, by section.
  var counts: [String: UInt64] { Dictionary(diskSectors.map { ($0.section, $0.sectors) }) { $1 } }
}

/// What a user may allow when a package is flashed, beyond what partitions need consent for anywhere.
struct PackageConsentOptions: ParsableArguments {
  @Flag(help: "Allow what burns fuses, which nothing undoes.")
  var allowFusing = false

  @Flag(help: "Allow entries that erase whole drives.")
  var allowFullErase = false

  @Option(help: ArgumentHelp("Make the device boot from this section.", valueName: "section"))
  var bootable: UInt32?

  @Flag(help: "Leave alone which section the device boots from.")
  var noBootable = false

  mutating func validate() throws {
    if bootable != nil, noBootable { throw ValidationError("--bootable and --no-bootable exclude each other.") }
  }

  func apply(to options: inout PackageOptions) {
    options.allowsFusing = allowFusing
    options.allowsFullErase = allowFullErase
    options.bootable = noBootable ? .never : bootable.map(PackageOptions.Bootable.section) ?? .byLabel
  }
}

/// `0=61071360`, or a number alone for section 0.
struct SectorCountArgument: ExpressibleByArgument {
  var section: String
  var sectors: UInt64

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let last = parts.last, let count = UInt64(last), count > 0 else { return nil }
    section = parts.count == 2 ? String(parts[0]) : "0"
    sectors = count
    guard !section.isEmpty else { return nil }
  }
}
