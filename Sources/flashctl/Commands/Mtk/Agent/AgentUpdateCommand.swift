import ArgumentParser
import FlashCore
import FlashImages
import MediaTek

/// `flashctl mtk agent update`
struct AgentUpdateCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Hand a scatter package to an XML agent, which flashes it by itself.",
    discussion: """
      write-partitions writes what is ticked. flash-all divides the storage anew and writes it. flash-update does so too, and \
      keeps what only this device has: the agent puts it into the folder of --copies and asks for it again. `flashctl flash` \
      does the same things, checks and proves them, and is what to use.
      """)

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case writePartitions = "write-partitions"
    case flashAll = "flash-all"
    case flashUpdate = "flash-update"

    var command: DeviceDrivenUpdate.Command {
      switch self {
      case .writePartitions: .writePartitions
      case .flashAll: .flashAll
      case .flashUpdate: .flashUpdate
      }
    }
  }

  @Argument(help: "write-partitions, flash-all or flash-update.") var mode: Mode
  @Argument(help: ArgumentHelp("The package.", valueName: "package"), completion: .file()) var package: String

  @Option(
    help: ArgumentHelp("A folder for what flash-update puts away; made where it is missing.", valueName: "folder"),
    completion: .directory)
  var copies: String?

  @OptionGroup var entries: PackageEntryOptions
  @OptionGroup(title: "Scatter packages") var scatter: ScatterEntryOptions
  @Flag(help: "Allow flash-all, which leaves nothing as it was.") var allowFullErase = false
  @Flag(help: "Go on when the package is for another chip.") var force = false
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard (copies != nil) == (mode == .flashUpdate) else {
      throw ValidationError("--copies goes with flash-update, which needs it.")
    }
  }

  private var request: PlanRequest {
    var request = PlanRequest(descriptors: [package], isForced: force)
    request.package = entries.options
    request.package.allowsProtected = consent.allowProtected
    request.package.allowsFullErase = allowFullErase
    request.scatter = scatter.choices
    return request
  }

  func execute(_ console: Console) async throws {
    let request = request
    try FlashInputs.check(request)
    try MediaTekFamily().examine(request)
    let folder = try copies.map { try OutputFolder(path: $0, isCreated: true) }
    let reports = AgentReports(console)
    let (device, update) = try await run(mode.rawValue, on: console) { [mode] target, device in
      try await target.prepareStorage()
      let storage = try await target.scatterStorage()
      guard let update = try DeviceDrivenUpdate(mode.command, of: request, storage: storage) else {
        throw Diagnostic.noDescriptor(request, family: target.protocolName)
      }
      try await target.run(update, copies: folder, report: reports.show) { file, bytes, total in
        guard bytes == total else { return }
        console.event("fileFinished", ["file": .string(file), "bytes": .unsigned(bytes)])
        console.info("\(file): \(Units.bytes(bytes))")
      }
      return (device, update)
    }
    console.result("\(device) took \(update.files.count) images and says that it is done, acknowledged")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "command": .string(update.command.rawValue),
        "images": .array(update.files.map { ["partition": .string($0.partition), "file": .string($0.path)] }),
        "copies": .optional(copies), "verified": "acknowledged",
      ])
  }
}
