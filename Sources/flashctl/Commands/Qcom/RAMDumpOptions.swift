import ArgumentParser
import FlashImages
import Qualcomm

/// Which regions of memory become files, and where: for dumps from a device and from a file.
struct RAMDumpOptions: ParsableArguments {
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The folder to write to; made if missing.", valueName: "folder"),
    completion: .directory)
  var directory: String?

  @Flag(help: "List the regions, and read none.")
  var list = false

  @Option(
    help: ArgumentHelp(
      "Only regions whose file names match: shell patterns, separated by commas.", valueName: "patterns"))
  var filter: String?

  @Flag(help: "Only the regions that the device wants to be dumped.")
  var preferred = false

  @Flag(help: "Do not put minidump.elf together.")
  var noMinidump = false

  @Flag(help: "Replace files that are there already.")
  var force = false

  func validate() throws {
    guard list || directory != nil else {
      throw ValidationError("give the folder to write to with --directory, or --list")
    }
  }

  var filterChoice: SaharaRegionFilter { SaharaRegionFilter(filter, isPreferredOnly: preferred) }

  /// The folder; `nil` where the regions are only listed.
  func folder() throws(ImageError) -> OutputFolder? {
    guard !list, let directory else { return nil }
    return try OutputFolder(path: directory, isCreated: true)
  }
}
