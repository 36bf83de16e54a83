import FlashCore
import FlashImages

/// Plans for the connected device and runs the plan, as `flash`, `write` and `restore` do.
struct FlashRun {
  let request: PlanRequest
  let isDryRun: Bool
  let options: DeviceOptions
  let loader: LoaderOptions
  let running: RunOptions
  let console: Console

  func execute() async throws {
    try FlashInputs.check(request)
    let early = try EarlyPlan(wanted)
    let session = try DeviceSession(options, console, loader, for: wanted)
    try await session.run(step: "flash") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      let plan = try await plan(context, early)
      try await execute(plan, context, selector: session.request.selector, hasCheckedFiles: early != nil)
    }
  }

  /// The request with what the user allowed.
  private var wanted: PlanRequest {
    var request = request
    request.package.allowsProtected = running.consent.allowProtected
    return request
  }

  /// Descriptors mean what the family says; regions are found on the device, where it tells how it is divided.
  private func plan(_ context: DeviceSession.Context, _ early: EarlyPlan?) async throws -> FlashPlan {
    try await context.target.prepareStorage()
    let plan =
      try early?.plan(for: context.family) ?? context.family.plan(wanted, for: context.target.identity)
    guard let plan else { throw Diagnostic.noDescriptor(request, family: context.target.protocolName) }
    guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
    return context.target.capabilities.contains(.storage) ? try await plan.findingRegions(on: context.target) : plan
  }

  /// `hasCheckedFiles` says that the files of the plan have been checked before the device was opened.
  func execute(
    _ plan: FlashPlan, _ context: DeviceSession.Context, selector: DeviceSelector?, hasCheckedFiles: Bool = false
  ) async throws {
    let reporter = RunReporter(console: console)
    let journal = JournalPlace.place(for: context, selector: selector)
    var running = running.options(for: request, journal: journal)
    running.hasCheckedFiles = hasCheckedFiles
    let runner = PlanRunner(options: running, observer: reporter.handle)
    guard !isDryRun else {
      try await runner.check(plan, on: context.target)
      return Planning.show(plan, on: console)
    }
    try await VIPFrames.check(plan, loader.firehose)
    Planning.announce(plan, on: console)
    let report = try await runner.run(plan, on: context.target)
    RunResult(report: report, device: context.device, isDelta: running.isDelta).show(on: console)
  }
}
