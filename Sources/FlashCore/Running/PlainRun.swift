/// Runs a plan's steps in order, and asks nothing of the device that the steps do not.
///
/// For devices that take only what was foreseen byte for byte: there is no resolving against the storage, no comparing and
/// no journal. Everything else is for `PlanRunner`.
public struct PlainRun: Sendable {
  private let observer: @Sendable (FlashEvent) -> Void

  public init(observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }) { self.observer = observer }

  /// The first failure ends the run; nothing after it, a reboot least of all, is tried.
  public func run(_ plan: FlashPlan, on target: any FlashTarget) async throws -> PlanRunner.Report {
    try await target.validate(plan)
    observer(.planned(steps: plan.steps.count, bytes: plan.byteCount))
    var report = PlanRunner.Report()
    for (index, step) in plan.steps.enumerated() {
      try Task.checkCancellation()
      try await run(step, number: index + 1, on: target, &report)
    }
    return report
  }

  private func run(
    _ step: FlashPlan.Step, number: Int, on target: any FlashTarget, _ report: inout PlanRunner.Report
  ) async throws {
    switch step {
    case .configure(let configure): try await target.configure(configure)
    case .write(let write): report.extents.append(try await run(write, number: number, on: target))
    case .erase(let erase):
      try await target.erase(erase)
      report.erased.append(erase.name)
    case .zero(let zero): try await target.zero(zero, progress: progress(of: number))
    case .patch(let patch):
      try await target.patch(patch)
      count(patch, &report)
    case .makeBootable(let section):
      try await target.makeBootable(section: section)
      report.bootable = section
    case .reboot(let mode):
      observer(.rebooting(step: number, mode: mode))
      try await target.reboot(to: mode)
      report.rebooted = mode
    }
  }

  private func run(
    _ write: FlashPlan.Write, number: Int, on target: any FlashTarget
  ) async throws -> PlanRunner.Report.Extent {
    let start = target.clock.now
    observer(.started(step: number, name: write.name, bytes: write.byteCount))
    let verified = try await target.write(write, ranges: nil, progress: progress(of: number))
    let elapsed = target.clock.now - start
    observer(.finished(step: number, elapsed: elapsed, verified: verified))
    return PlanRunner.Report.Extent(
      step: number, name: write.name, extent: write.extent, byteCount: write.byteCount,
      sentByteCount: write.byteCount, elapsed: elapsed, verified: verified)
  }

  private func progress(of number: Int) -> @Sendable (WriteProgress) -> Void {
    { [observer] progress in
      if case .bytes(let count) = progress { observer(.progressed(step: number, bytes: count)) }
    }
  }

  private func count(_ patch: FlashPlan.Patch, _ report: inout PlanRunner.Report) {
    if let index = report.patches.firstIndex(where: { $0.section == patch.section }) {
      report.patches[index].count += 1
    } else {
      report.patches.append(.init(section: patch.section, count: 1, verified: .acknowledged))
    }
  }
}
