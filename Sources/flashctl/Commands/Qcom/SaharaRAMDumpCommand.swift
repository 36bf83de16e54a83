import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl qcom sahara ramdump`
struct SaharaRAMDumpCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramdump", abstract: "Read the memory of a device that has crashed.",
    discussion: """
      Each region becomes a file that is called as the device calls it. Where there is a minidump, minidump.elf is put \
      together from its regions. The device stays as it is, so that a dump can be repeated; --reboot ends that.
      """)

  @Option(
    name: [.customShort("d"), .long],
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

  @Flag(help: "Restart the device after a complete dump.")
  var reboot = false

  @Flag(help: "Replace files that are there already.")
  var force = false

  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard list || directory != nil else {
      throw ValidationError("give the folder to write to with --directory, or --list")
    }
  }

  func execute(_ console: Console) async throws {
    let folder = try list ? nil : directory.map { try OutputFolder(path: $0, isCreated: true) }
    let choice = SaharaRegionFilter(filter, isPreferredOnly: preferred)
    try await DeviceSession(options, console).runQualcomm(step: "dump memory") { target, device in
      let table = try await target.regions()
      var dump = RAMDump(table, filter: choice, device: device, console: console)
      dump.showTable()
      if let folder {
        try await dump.read(from: target, into: folder, replacing: force)
        if !noMinidump { try dump.writeMinidump(into: folder, replacing: force) }
        try dump.finish()
        if reboot { try await target.reboot(to: .system) }
      }
      dump.showResult(folder: directory, rebooted: folder != nil && reboot)
    }
  }
}
