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
    var wanted = request
    wanted.package.allowsProtected = running.consent.allowProtected
    // What is planned before the device is opened cannot know how much room there is.
    if !wanted.descriptors.isEmpty { try await StandardInput.take(into: &wanted) }
    try await execute(wanted, try EarlyPlan(wanted))
  }

  private func execute(_ wanted: PlanRequest, _ early: EarlyPlan?) async throws {
    let session = try DeviceSession(options, console, loader, for: wanted)
    try await session.run(step: "flash") { context in
      console.emit("device", IdentityText.members(context.target.identity, device: context.device))
      try await context.target.prepareStorage()
      let known = early?.plan(for: context.family)
      let begun = known == nil ? try BegunPlan(for: wanted, context, session.request.selector, running) : nil
      let plan: FlashPlan
      if let decided = known ?? begun?.plan {
        plan = decided
      } else {
        plan = try await self.plan(wanted, context, watch: session.watch)
      }
      try await execute(
        try await located(plan, context), context, selector: session.request.selector, hasCheckedFiles: known != nil)
    }
  }

  /// What the family makes of the request once the device tells how much room there is.
  private func plan(
    _ wanted: PlanRequest, _ context: DeviceSession.Context, watch: SilenceWatch
  ) async throws -> FlashPlan {
    var wanted = wanted
    if context.target.capabilities.contains(.storage) {
      for (index, pair) in wanted.pairs.enumerated() {
        guard let region = Region(parsing: pair.region) else { continue }
        wanted.pairs[index].room = try await context.target.resolve(region).length
      }
    }
    try await StandardInput.take(into: &wanted, watch: watch)
    guard let plan = try await context.family.plan(wanted, on: context.target) else {
      throw Diagnostic.noDescriptor(request, family: context.target.protocolName)
    }
    guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
    return plan
  }

  /// The plan with its regions found on the device, where that tells how it is divided.
  private func located(_ plan: FlashPlan, _ context: DeviceSession.Context) async throws -> FlashPlan {
    context.target.capabilities.contains(.storage) ? try await plan.findingRegions(on: context.target) : plan
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
      return try Planning.show(plan, on: console)
    }
    try await VIPFrames.check(plan, loader)
    Planning.announce(plan, on: console)
    let report = try await runner.run(plan, on: context.target)
    RunResult(report: report, device: context.device, isDelta: running.isDelta).show(on: console)
  }
}
