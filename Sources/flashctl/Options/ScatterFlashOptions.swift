import ArgumentParser
import FlashImages

/// Which files of a scatter package count, for commands that compare too.
struct ScatterEntryOptions: ParsableArguments {
  @Option(
    name: .customLong("file"),
    help: ArgumentHelp(
      "Take this file for an entry, in place of the package's; may be repeated.", valueName: "name=file"),
    completion: .file())
  var files: [EntryFileArgument] = []

  @Option(help: ArgumentHelp("Without a device: the layout for this storage, emmc, ufs or nand.", valueName: "storage"))
  var storage: ScatterStorageArgument?

  @Flag(help: "Only the boot loader, and what an empty device needs to get as far as fastboot.")
  var minimal = false

  @Flag(help: "Do not mind files that differ from scatter_checksum.xml.")
  var ignoreChecksum = false

  var choices: ScatterChoices {
    var choices = ScatterChoices()
    choices.files = Dictionary(files.map { ($0.name, $0.path) }) { $1 }
    choices.storage = storage?.storage
    choices.isMinimal = minimal
    choices.ignoresChecksum = ignoreChecksum
    return choices
  }
}

/// What a user chose for a MediaTek scatter package that is flashed.
struct ScatterFlashOptions: ParsableArguments {
  @OptionGroup var entries: ScatterEntryOptions

  @Option(
    help: ArgumentHelp(
      "download-only: write what is ticked, on a device that has this layout. firmware-upgrade: change the layout, and keep "
        + "what only this device has. format-all-download: erase everything first. format-all: erase, and write nothing.",
      valueName: "mode"))
  var mode: ScatterModeArgument?

  @Option(help: ArgumentHelp("Further partitions that firmware-upgrade keeps, comma-separated.", valueName: "names"))
  var keep: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where copies of what only this device has go, a new folder (default: below ~/.local/state/flashctl/copies).",
      valueName: "folder"),
    completion: .directory)
  var copies: String?

  @Flag(
    help: "Write where the device's own table has the partitions, though the package divides the storage otherwise.")
  var byName = false

  @Flag(help: "firmware-upgrade: change the partition table, and write none of the files.")
  var tableOnly = false

  @Flag(help: "Hand whole images to the agent, which finds their partitions and unpacks sparse ones itself.")
  var wholeImages = false

  @Flag(help: "Write the preloader as bytes, with a header of the boot section that is made here.")
  var rawPreloader = false

  @Flag(help: "format-all: erase the boot sections too, so that only the boot ROM is left.")
  var includeBoot = false

  @Flag(help: "format-all and format-all-download: erase the reserved end of the storage too.")
  var wholeChip = false

  mutating func validate() throws {
    guard !byName || mode == nil || mode?.mode == .downloadOnly else {
      throw ValidationError("--by-name goes with download-only.")
    }
    guard keep.isEmpty || mode?.mode == .firmwareUpgrade else {
      throw ValidationError("--keep goes with --mode firmware-upgrade.")
    }
    guard !tableOnly || mode?.mode == .firmwareUpgrade else {
      throw ValidationError("--table-only goes with --mode firmware-upgrade.")
    }
    guard !includeBoot || mode?.mode == .formatAll else {
      throw ValidationError(
        "--include-boot goes with --mode format-all; format-all-download writes the boot loader anew.")
    }
    guard !wholeChip || mode?.mode == .formatAll || mode?.mode == .formatAllAndDownload else {
      throw ValidationError("--whole-chip goes with --mode format-all or format-all-download.")
    }
  }

  var choices: ScatterChoices {
    var choices = entries.choices
    choices.mode = mode?.mode
    choices.keep = keep.flatMap { $0.split(separator: ",").map(String.init) }
    choices.followsDeviceTable = byName
    choices.writesTableOnly = tableOnly
    choices.sendsWholeImages = wholeImages
    choices.writesRawPreloader = rawPreloader
    choices.includesBoot = includeBoot
    choices.erasesWholeChip = wholeChip
    return choices
  }

  /// The user's folder, else a new one that is named by the time; `nil` where there is no home.
  var copiesFolder: String? { copies ?? CopiesFolder.new() }
}

/// `download-only`, `firmware-upgrade`, `format-all-download`, `format-all`.
struct ScatterModeArgument: ExpressibleByArgument, Equatable {
  let mode: ScatterMode

  init?(argument: String) {
    guard let mode = ScatterMode(rawValue: argument.lowercased()) else { return nil }
    self.mode = mode
  }

  static var allValueStrings: [String] { ScatterMode.allCases.map(\.rawValue) }
}

/// `nvram=nvram.bin`.
struct EntryFileArgument: ExpressibleByArgument, Equatable {
  let name: String
  let path: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
    name = String(argument[..<equals])
    path = String(argument[argument.index(after: equals)...])
    guard !path.isEmpty else { return nil }
  }
}
