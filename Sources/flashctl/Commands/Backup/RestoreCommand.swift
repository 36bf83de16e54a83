import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl restore`
struct RestoreCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Write a backup back to the device.",
    discussion: """
      Every file is compared with its digest in manifest.json before anything is written. The device's storage has to \
      be divided as it was. No reboot follows. Partitions with data of this one device need --allow-protected, \
      and those that burn fuses (sec, secdata) --allow-fusing.

        flashctl restore phone-2026 --only boot_a,boot_b --verify --loader prog.mbn
      """)

  @Argument(help: ArgumentHelp("The folder that `flashctl backup` made.", valueName: "dir"), completion: .directory)
  var folder: String

  @OptionGroup var choice: BackupSelectionOptions

  @Flag(help: "Print the plan and stop before anything is written.")
  var dryRun = false

  @Flag(help: "Allow what burns fuses, which nothing undoes.")
  var allowFusing = false

  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws { try running.requireProvable(with: loader) }

  func execute(_ console: Console) async throws {
    let restoration = try BackupRestoration(folder: folder)
    let session = try DeviceSession(options, console, loader, backup: folder)
    var request = PlanRequest(reboots: false)
    request.package.allowsFusing = allowFusing
    let run = FlashRun(
      request: request, isDryRun: dryRun, options: options, loader: loader, running: running,
      console: console)
    try await session.run(step: "restore") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      try await context.target.prepareStorage()
      try context.target.require(.write)
      let plan = try await restoration.plan(for: context.target, selection: choice.selection)
      guard !plan.steps.isEmpty else { throw Diagnostic.nothingToRestore(folder) }
      try await run.execute(plan, context, selector: session.request.selector)
    }
  }
}

extension Diagnostic {
  static func nothingToRestore(_ folder: String) -> Diagnostic {
    Diagnostic(
      code: "restore.nothing", message: "\(folder): the backup holds none of the chosen partitions",
      remedy: "its manifest.json lists what it holds", exitStatus: .usage)
  }
}
