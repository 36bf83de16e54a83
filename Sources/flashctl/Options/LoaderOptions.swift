import ArgumentParser
import FlashImages

/// What commands need that work on a device's storage: the programs it is given, and what those are told.
struct LoaderOptions: ParsableArguments {
  @OptionGroup var files: LoaderFiles
  @OptionGroup var firehose: FirehoseOptions
  @OptionGroup(title: "MediaTek") var agent: AgentOptions

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
