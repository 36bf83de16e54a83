import ArgumentParser
import FlashCore

/// Where the files of a package are looked for, and what of it is wanted.
struct PackageSelectionOptions: ParsableArguments {
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

  @Flag(help: "Do what is meant for factories alone too.")
  var factory = false

  @Flag(help: "Erase the range of entries that say force_erase.")
  var vendorErase = false

  @Flag(name: [.customLong("raw"), .customLong("no-unsparse")], help: "Write sparse images as the files they are.")
  var raw = false

  @Option(
    help: ArgumentHelp(
      "The size of a section that no device has told: SECTION=SECTORS; may be repeated.", valueName: "section=n"))
  var diskSectors: [SectorCountArgument] = []

  /// The choices, with nothing allowed beyond them.
  var options: PackageOptions {
    var options = PackageOptions()
    options.searchPaths = searchPath
    options.only = Self.words(only)
    options.skip = Self.words(skip)
    options.allowsMissing = allowMissing
    options.allowsTruncation = allowTruncate
    options.allowsOverlap = allowOverlap
    options.isFactory = factory
    options.honoursForcedErase = vendorErase
    options.isRaw = raw
    for count in diskSectors { options.sectorCounts[count.section] = count.sectors }
    return options
  }

  private static func words(_ lists: [String]) -> [String] {
    lists.flatMap { $0.split(separator: ",").map(String.init) }.filter { !$0.isEmpty }
  }
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
