import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl verify`
struct VerifyCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare a partition or range with a file, or a device with a package.",
    discussion: """
        flashctl verify boot_a boot.img
        flashctl verify firmware/rawprogram0.xml

      By the device's digests where it computes them, else by reading back. Of a package everything is compared that \
      it writes; sectors that its patches change are left out. Nokia Mk II can do neither; the command says so and \
      exits with 76.
      """)

  @Argument(
    help: ArgumentHelp("A region and a file (- is standard input), or packages.", valueName: "region file|package"),
    completion: .file())
  var inputs: [String]

  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var entries: PackageEntryOptions
  @OptionGroup(title: "Scatter packages") var scatter: ScatterEntryOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    // Two words of which the first is no file are a region and a file.
    if inputs.count == 2, !FlashInputs.exists(inputs[0]), let region = Region(parsing: inputs[0]) {
      try await verify(region, inputs[1], console)
    } else {
      try await verifyPackage(console)
    }
  }

  private func verify(_ region: Region, _ path: String, _ console: Console) async throws {
    try StandardInput.check([path])
    let known = path == StandardInput.mark ? nil : try image(path, named: path, region)
    let session = try DeviceSession(options, console, loader)
    let verified = try await session.run(step: "verify \(region)") { context in
      try await context.target.prepareStorage()
      let image = if let known { known } else { try await piped(region, context.target, session.watch) }
      let comparison = try StorageComparison(of: context.target)
      let progress = FileProgress("\(region)", total: image.byteCount ?? 0, console: console)
      let verified = try await comparison.requireEqual(region, image) { progress.advance(to: $0) }
      progress.end()
      return verified
    }
    console.result("\(region) holds \(path), \(verified.words)")
    console.event(
      "result",
      [
        "status": "done", "region": .string(region.description), "file": .string(path),
        "verified": .string(verified.rawValue),
      ])
  }

  /// An image that writes something: of nothing everything holds.
  private func image(_ path: String, named name: String, _ region: Region) throws -> any ImageSource {
    let image = try ImageFile(path: path, options: reading.options).source
    guard try !ImageRuns.ranges(of: image, sectorByteCount: 1).isEmpty else {
      throw Diagnostic(
        code: "plan.empty-image", message: "\(name): empty, so that there is nothing to compare with \(region)",
        remedy: "check where the file comes from", exitStatus: .badData)
    }
    return image
  }

  private func piped(
    _ region: Region, _ target: any FlashTarget, _ watch: SilenceWatch
  ) async throws -> any ImageSource {
    let room = try await target.resolve(region).length
    return try image(
      try await StandardInput.file(for: "\(region)", room: room, watch: watch), named: "standard input", region)
  }

  private func verifyPackage(_ console: Console) async throws {
    let request = packageRequest
    guard request.pairs.isEmpty else {
      throw Diagnostic.usage("verify takes a region and a file as two words", remedy: "`flashctl verify --help`")
    }
    try FlashInputs.check(request)
    let early = try EarlyPlan(request)
    let session = try DeviceSession(options, console, loader, for: request)
    try await session.run(step: "verify") { context in
      try await context.target.prepareStorage()
      let known = early?.plan(for: context.family)
      let plan = if let known { known } else { try await context.family.plan(request, on: context.target) }
      guard let plan else { throw Diagnostic.noDescriptor(request, family: context.target.protocolName) }
      let verifier = PlanVerifier(hasCheckedFiles: early != nil, observer: RunReporter(console: console).handle)
      let report = try await verifier.verify(plan, on: context.target)
      console.emit(
        "result",
        [
          (key: "status", value: "done"), (key: "device", value: .string(context.device)),
          (key: "bytes", value: .unsigned(report.byteCount)),
          (key: "extents", value: .array(report.extents.map(\.json))),
        ])
      console.result(
        "\(context.device) holds all \(report.extents.count) images, \(Units.bytes(report.byteCount)), "
          + report.weakest.words)
    }
  }

  private var packageRequest: PlanRequest {
    var request = FlashInputs.request(inputs, reboots: false)
    request.package = packageOptions
    // Where the device has a partition decides where it is looked for, and nothing is copied.
    request.scatter = scatter.choices
    request.scatter.mode = .downloadOnly
    request.scatter.followsDeviceTable = true
    request.copiesFolder = "."
    return request
  }

  /// Nothing is written here, so that nothing needs consent.
  private var packageOptions: PackageOptions {
    var options = entries.options
    options.isRaw = reading.raw
    options.unpacks = !reading.noDecompress
    options.expandsSparse = !reading.noSparse
    options.sectorCounts = loader.sizes.counts
    options.allowsProtected = true
    options.allowsFusing = true
    options.allowsFullErase = true
    return options
  }
}
