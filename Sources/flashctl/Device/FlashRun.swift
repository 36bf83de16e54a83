import FlashCore
import FlashImages

/// Plans for the connected device and runs the plan, as `flash` and `write` do.
struct FlashRun {
  let request: PlanRequest
  let isDryRun: Bool
  let options: DeviceOptions
  let console: Console

  func execute() async throws {
    try checkFiles()
    let session = try DeviceSession(options, console)
    try await session.run(step: "flash") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      guard let plan = try context.family.plan(request, for: context.target.identity) else {
        throw Diagnostic.noDescriptor(request, family: context.target.protocolName)
      }
      guard !isDryRun else {
        try await context.target.validate(plan)
        return Planning.show(plan, on: console)
      }
      Planning.announce(plan, on: console)
      let reporter = RunReporter(console: console)
      let report = try await PlanRunner(observer: reporter.handle).run(plan, on: context.target)
      finish(report, context: context)
    }
  }

  /// A file that is missing is said before a device is looked for.
  private func checkFiles() throws {
    let paths = request.descriptors + request.pairs.map(\.path) + (request.layoutPath.map { [$0] } ?? [])
    for path in paths { _ = try RegularFile(path: path) }
  }

  private func finish(_ report: PlanRunner.Report, context: DeviceSession.Context) {
    let bytes = report.extents.reduce(0) { $0 + $1.byteCount }
    let extents = report.extents.map { extent -> JSONValue in
      [
        "name": .string(extent.name), "extent": .string(extent.extent.description),
        "bytes": .unsigned(extent.byteCount), "milliseconds": .integer(extent.elapsed.milliseconds),
        "verified": .string(extent.verified.rawValue),
      ]
    }
    console.event(
      "result",
      [
        "status": "done", "device": .string(context.device), "bytes": .unsigned(bytes), "extents": .array(extents),
        "rebooted": .optional(report.rebooted?.rawValue),
      ])
    let images = report.extents.count == 1 ? "1 image" : "\(report.extents.count) images"
    console.result(
      "done: \(images), \(Units.bytes(bytes)) written to \(context.device), \(Self.verified(report))"
        + (report.rebooted == nil ? "" : "; the device is rebooting"))
  }

  /// The weakest proof there is for any of the extents.
  private static func verified(_ report: PlanRunner.Report) -> String {
    let order: [Verification] = [.acknowledged, .readback, .digest]
    let weakest = order.first { kind in report.extents.contains { $0.verified == kind } } ?? .acknowledged
    return weakest.words
  }
}
