import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl qcom vip …`
struct VIPCommandGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vip",
    abstract: "Digest tables for devices that take only what was signed (Validated Image Programming).",
    subcommands: [VIPCreateCommand.self, VIPCheckCommand.self])
}

/// What is flashed, and the options that change any byte of what is sent.
struct VIPPlanOptions: ParsableArguments {
  @Argument(help: "What will be flashed: as for `flashctl flash`.", completion: .file())
  var inputs: [String]

  @Flag(help: "No restart at the end.") var noReboot = false
  @OptionGroup var firehose: FirehoseProtocolOptions

  mutating func validate() throws {
    guard firehose.memory != nil, firehose.sectorSize != nil else {
      throw ValidationError("Tables need --memory and --sector-size: nothing can be asked of a device.")
    }
  }

  /// Everything that a host would send.
  func record() async throws -> VIPFrames {
    let request = FlashInputs.request(inputs, reboots: !noReboot)
    let plan = try Planning.plan(request, for: nil)
    guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
    return try await VIPFrames(of: plan, settings: firehose.settings)
  }
}

/// `flashctl qcom vip create`
struct VIPCreateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make the digest tables for a package; no device needed.",
    discussion: """
      DigestsToSign.bin has to be signed with the manufacturer's tool, as an MBN of the image id VIP, and called \
      DigestsToSign.bin.mbn. Flash then with the same files and options, and --vip FOLDER.
      """)

  @OptionGroup var plan: VIPPlanOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder for the tables, made if missing.", valueName: "folder"), completion: .directory)
  var folder: String

  @Flag(help: "Replace files that exist.") var force = false
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let digests = try await plan.record().digests
    let tables = try FirehoseVIPTables(digests: digests)
    var files: [(String, [UInt8])] = [
      (FirehoseVIPTables.digestsName, digests.flatMap { $0 }), (FirehoseVIPTables.unsignedName, tables.signed),
    ]
    for (number, table) in tables.chained.enumerated() { files.append((FirehoseVIPTables.chainedName(number), table)) }
    _ = try OutputFolder(path: folder, isCreated: true)
    for (name, bytes) in files {
      let file = try OutputFile.begin(at: folder + "/" + name, replacing: force)
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe file.append(buffer) }
      try file.commit()
      console.event("written", ["file": .string(folder + "/" + name), "bytes": .unsigned(UInt64(bytes.count))])
    }
    console.result("\(digests.count) frames in \(1 + tables.chained.count) tables in \(folder)")
    console.event(
      "result",
      [
        "status": "done", "frames": .integer(Int64(digests.count)), "tables": .integer(Int64(1 + tables.chained.count)),
        "folder": .string(folder),
      ])
  }
}

/// `flashctl qcom vip check`
struct VIPCheckCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Compare digest tables with a package, as a device would; no device needed.")

  @Option(
    name: .customLong("tables"), help: ArgumentHelp("The folder with the tables.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @OptionGroup var plan: VIPPlanOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let tables = try FirehoseVIPTables(folder: folder)
    let frames = try await plan.record()
    let check = FirehoseVIPCheck(tables, frames: frames.digests)
    for problem in check.problems {
      let diagnostic = frames.diagnostic(problem)
      console.event("finding", ["code": .string(diagnostic.code), "message": .string(diagnostic.message)])
      console.result(diagnostic.message)
    }
    if let first = check.problems.first { throw frames.diagnostic(first) }
    console.result("all \(check.frameCount) frames are in the tables")
    console.event("result", ["status": "done", "frames": .integer(Int64(check.frameCount))])
  }
}
