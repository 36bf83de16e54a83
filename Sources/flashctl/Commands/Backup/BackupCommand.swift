import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl backup`
struct BackupCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Save the storage of a device, partition by partition.",
    discussion: """
      Into DIR go a file for each partition (what is zero becomes holes), the partition tables, rawprogram and patch \
      files that flash it all back, and manifest.json with the SHA-256 of every file. The loader that was given goes \
      along, with a flashmap.json that names it. Of MediaTek devices a scatter file takes the place of rawprogram and patch \
      files, and a flash.xml that of flashmap.json. `flashctl restore DIR` writes it all back; so does `flashctl flash \
      DIR/flashmap.json`, on any device of the kind. Of raw NAND, pages are saved as the programmer reads them, without \
      spare bytes.

        flashctl backup phone-2026 --skip userdata --loader prog.mbn
      """)

  @Argument(help: ArgumentHelp("The folder; made where it is missing.", valueName: "dir"), completion: .directory)
  var folder: String

  @OptionGroup var choice: BackupSelectionOptions

  @Flag(help: "Ask the device for a digest of everything that was read, where it computes them.")
  var verify = false

  @Flag(help: "Replace files of an earlier backup.")
  var force = false

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader)
    let manifest = try await session.run(step: "backup") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      try await context.target.prepareStorage()
      let backup = try await StorageBackup(
        of: context.target, selection: choice.selection, comment: "flashctl \(Version.current)",
        describesPrograms: context.family.describesBackupsByPrograms)
      let companions = try await context.family.companions(
        of: backup, from: context.target, loaders: loader.firehose.slotIndex == nil ? session.request.loaders : [])
      let output = try OutputFolder(path: folder, isCreated: true)
      let reporter = BackupReporter(console: console)
      defer { console.status(nil) }
      return try await backup.save(
        to: output, tool: "flashctl \(Version.current)", verifies: verify, replacing: force,
        companions: companions, observer: reporter.handle)
    }
    let bytes = manifest.files.reduce(0) { $0 + $1.byteCount }
    console.result("saved \(manifest.files.count) files, \(Units.bytes(bytes)), in \(folder)")
    console.event(
      "result",
      [
        "status": "done", "folder": .string(folder), "files": .integer(Int64(manifest.files.count)),
        "bytes": .unsigned(bytes),
      ])
  }
}
