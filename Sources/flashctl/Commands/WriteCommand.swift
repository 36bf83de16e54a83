import ArgumentParser
import FlashCore

/// `flashctl write`
struct WriteCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "write",
    abstract: "Write one file to a partition, range or image type.",
    discussion: "No reboot follows. The same as `flashctl flash REGION=FILE --no-reboot`.")

  @Argument(help: "Where to: a partition, SECTION/PART, SECTION/START+LENGTH, or a Mk II image type.")
  var region: String

  @Argument(help: "The file to write, or - for standard input.", completion: .file())
  var file: String

  @Option(help: "The layout text that describes the partitions of a raw mmc image.", completion: .file())
  var layout: String?

  @Flag(help: "Go on where the file's content contradicts its type, or the device is not surely the right one.")
  var force = false

  @Flag(help: "Allow what burns fuses, which nothing undoes.")
  var allowFusing = false

  @Flag(help: "Print the plan and stop before anything is written.")
  var dryRun = false

  @OptionGroup var writing: ImageWritingOptions
  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws { try running.requireProvable(with: loader) }

  func execute(_ console: Console) async throws {
    var request = PlanRequest(
      pairs: [.init(region: region, path: file)], layoutPath: layout, isForced: force, reboots: false)
    writing.apply(to: &request.package)
    request.package.allowsFusing = allowFusing
    try await FlashRun(
      request: request, isDryRun: dryRun, options: options, loader: loader, running: running, console: console
    ).execute()
  }
}
