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
    let session = try DeviceSession(options, console, loader, for: request)
    try await session.run(step: "flash") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      let plan = try await plan(context)
      try await execute(plan, context, selector: session.request.selector)
    }
  }

  /// Descriptors mean what the family says; regions are found on the device, where it tells how it is divided.
  private func plan(_ context: DeviceSession.Context) async throws -> FlashPlan {
    try await context.target.prepareStorage()
    var request = request
    request.package.allowsProtected = running.consent.allowProtected
    guard let plan = try context.family.plan(request, for: context.target.identity) else {
      throw Diagnostic.noDescriptor(request, family: context.target.protocolName)
    }
    guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
    return context.target.capabilities.contains(.storage) ? try await plan.findingRegions(on: context.target) : plan
  }

  func execute(
    _ plan: FlashPlan, _ context: DeviceSession.Context, selector: DeviceSelector?
  ) async throws {
    let reporter = RunReporter(console: console)
    let journal = JournalPlace.place(for: context, selector: selector)
    let runner = PlanRunner(options: running.options(for: request, journal: journal), observer: reporter.handle)
    guard !isDryRun else {
      try await runner.check(plan, on: context.target)
      return Planning.show(plan, on: console)
    }
    Planning.announce(plan, on: console)
    let report = try await runner.run(plan, on: context.target)
    RunResult(report: report, device: context.device, isDelta: running.delta).show(on: console)
  }
}
