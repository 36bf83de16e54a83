import FlashImages

/// Compares a device with what a plan would write, without writing anything.
///
/// What patches change is not among it: their sectors depend on what the device held before.
public struct PlanVerifier: Sendable {
  private let hasCheckedFiles: Bool
  private let observer: @Sendable (FlashEvent) -> Void

  /// `hasCheckedFiles` says that the plan's files have been checked already, as `PlanRunner.Options` does.
  public init(hasCheckedFiles: Bool = false, observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }) {
    self.hasCheckedFiles = hasCheckedFiles
    self.observer = observer
  }

  /// Compares every write and every zeroed range; what several steps are about counts for the last one.
  ///
  /// The first difference ends it, as a failure of that step. Throws `UnsupportedOperation` as the failure of step 0
  /// where the device can neither compute digests nor be read back.
  public func verify(
    _ plan: FlashPlan, on target: any FlashTarget
  ) async throws(PlanRunner.Failure) -> PlanRunner.Report {
    var options = PlanRunner.Options()
    options.allowsOverlap = true
    options.allowsProtected = true
    options.allowsFusing = true
    let resolved: ResolvedPlan
    let comparison: StorageComparison?
    options.hasCheckedFiles = hasCheckedFiles
    var check = PlanCheck(plan, on: target, options: options)
    do {
      _ = try StorageComparison(of: target)
      resolved = try await check.run()
      comparison = try await resolved.comparison(on: target)
    } catch {
      throw PlanRunner.refusal(error, of: check.stepAtHand)
    }
    observer(.planned(steps: plan.steps.count, bytes: plan.byteCount))
    options.verifies = true
    var run = PlanRun(resolved, on: target, options: options, journal: nil, comparison: comparison, observer: observer)
    return try await run.compare()
  }
}

extension PlanRun {
  /// Takes every write for written.
  fileprivate mutating func compare() async throws(PlanRunner.Failure) -> PlanRunner.Report {
    for (index, step) in steps.enumerated() {
      switch step {
      case .configure(let storage):
        try await verifyWritten()
        do { try await target.configure(storage) } catch { throw failure(index, step.action, error) }
      case .write(let write): take(index, write.name, write.extent, write.byteCount)
      case .zero(let zero): take(index, zero.name, zero.extent, resolved.place(index)?.range.byteCount ?? 0)
      case .save, .erase, .patch, .makeBootable, .reboot: break
      }
    }
    try await verifyWritten()
    return report
  }

  private mutating func take(_ index: Int, _ name: String, _ extent: PlanExtent, _ byteCount: UInt64) {
    report.extents.append(
      PlanRunner.Report.Extent(
        step: index + 1, name: name, extent: extent, byteCount: byteCount, sentByteCount: 0, elapsed: .zero,
        verified: .acknowledged))
    unverified.append(Unverified(index: index, extent: report.extents.count - 1, ranges: nil))
  }
}
