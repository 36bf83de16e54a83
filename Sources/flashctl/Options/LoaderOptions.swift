import ArgumentParser
import FlashImages
import Qualcomm

/// What commands need that work on a device's storage: the programs it is given, and what those are told.
struct LoaderOptions: ParsableArguments {
  @OptionGroup var files: LoaderFiles
  @OptionGroup var firehose: FirehoseProtocolOptions
  @OptionGroup var sizes: SectionSizeOptions
  @OptionGroup(title: "MediaTek") var agent: AgentOptions

  @Option(
    name: .customLong("vip"),
    help: ArgumentHelp(
      "Qualcomm: the folder with the signed digest tables that a fused device wants.", valueName: "folder"),
    completion: .directory)
  var tables: String?

  mutating func validate() throws {
    if tables != nil, firehose.sectorSize == nil || firehose.memory == nil {
      throw ValidationError("--vip needs --memory and --sector-size, as the tables were made with.")
    }
  }

  /// What the Qualcomm family is told; reads the tables.
  func settings() throws -> Qualcomm.FirehoseSettings {
    var settings = firehose.settings
    settings.sectorCounts = sizes.counts
    if let tables { settings.tables = try FirehoseVIPTables(folder: tables) }
    return settings
  }

  /// As they were written, here or in the environment.
  var arguments: [String] { files.arguments }
  var padLoader: Bool { files.padLoader }
}

/// The programs that a device is to be given, for every family.
struct LoaderFiles: ParsableArguments {
  @Option(
    name: .customLong("loader"),
    help: ArgumentHelp(
      "A programmer or agent to start on the device: FILE, or ID:FILE for a device that wants several (repeatable; default: FLASHCTL_LOADER).",
      valueName: "file"))
  var loaders: [String] = []

  @Flag(help: "Fill up with FF what the device asks for beyond the end of a loader.")
  var padLoader = false

  /// As they were written, here or in the environment.
  var arguments: [String] {
    guard loaders.isEmpty, let text = Environment["FLASHCTL_LOADER"], !text.isEmpty else { return loaders }
    return [text]
  }

  /// The loaders, read and checked. Throws what says that one is needed where there is none.
  func loaderSet() throws -> LoaderSet {
    let arguments = arguments
    guard !arguments.isEmpty else {
      throw Diagnostic.usage(
        "this command needs a loader: the programmer of the device's manufacturer",
        remedy: "give it with --loader FILE, or set FLASHCTL_LOADER")
    }
    return try LoaderSet(arguments)
  }
}
