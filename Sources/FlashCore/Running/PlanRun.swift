import FlashImages

/// One run of a plan that has been checked.
struct PlanRun {
  let resolved: ResolvedPlan
  let target: any FlashTarget
  let options: PlanRunner.Options
  let observer: @Sendable (FlashEvent) -> Void
  /// How what the device holds is compared with images; `nil` when that is not needed, or not possible.
  let comparison: StorageComparison?
  /// Steps that an earlier run finished; the one after them may have begun. 0 when nothing is resumed.
  let finishedBefore: Int
  let isResumed: Bool
  private var journal: PlanJournal?
  var report = PlanRunner.Report()
  /// What is compared before the run ends or the storage changes.
  var unverified: [Unverified] = []
  /// By section.
  var patchModels: [String: PatchModel] = [:]

  /// A write that nothing is known of yet but that the device took it.
  struct Unverified {
    var index: Int
    /// The place in the report.
    var extent: Int
    /// What was sent; `nil` for all of it.
    var ranges: ByteRanges?
  }

  init(
    _ resolved: ResolvedPlan, on target: any FlashTarget, options: PlanRunner.Options, journal: PlanJournal?,
    comparison: StorageComparison?, observer: @escaping @Sendable (FlashEvent) -> Void
  ) {
    self.resolved = resolved
    self.target = target
    self.options = options
    self.observer = observer
    self.journal = journal
    self.comparison = comparison
    finishedBefore = journal?.finished ?? 0
    isResumed = options.unfinished == .resumed && journal?.isContinued == true
  }

  var steps: [FlashPlan.Step] { resolved.plan.steps }

  mutating func execute() async throws(PlanRunner.Failure) -> PlanRunner.Report {
    for (index, step) in steps.enumerated() {
      if Task.isCancelled { throw failure(index, step.action, CancellationError()) }
      switch step {
      case .configure, .reboot: try await verifyWritten()
      case .write, .erase, .zero, .save, .patch, .makeBootable: break
      }
      if case .reboot = step, isLast(index) { journal?.remove() }
      try await perform(step, index)
      do { try journal?.finish(index + 1) } catch {
        observer(.journalUnavailable(path: options.journal?.folder ?? "", reason: PlanJournal.reason(error)))
        journal = nil
      }
    }
    try await verifyWritten()
    journal?.remove()
    return report
  }

  /// Whether nothing but a reboot is left.
  private func isLast(_ index: Int) -> Bool {
    steps[index...].allSatisfy { if case .reboot = $0 { true } else { false } }
  }

  private mutating func perform(_ step: FlashPlan.Step, _ index: Int) async throws(PlanRunner.Failure) {
    switch step {
    case .write(let write): try await self.write(write, index)
    case .zero(let zero): try await self.zero(zero, index)
    case .save(let save): try await self.save(save, index)
    case .erase(let erase):
      // What was written behind it stays: erasing again would lose it.
      guard index >= finishedBefore else { return }
      try await timed(step, index) { try await target.erase(erase) }
      report.erased.append(erase.name)
    case .configure(let storage): try await timed(step, index) { try await target.configure(storage) }
    case .patch(let patch):
      try await preparePatches(index)
      try await timed(step, index) { try await target.patch(patch) }
      count(patch)
    case .makeBootable(let section):
      try await timed(step, index) { try await target.makeBootable(section: section) }
      report.bootable = section
    case .reboot(let mode):
      observer(.rebooting(step: index + 1, mode: mode))
      do { try await target.reboot(to: mode) } catch { throw failure(index, "reboot", error) }
      report.rebooted = mode
    }
  }

  private func timed(
    _ step: FlashPlan.Step, _ index: Int, _ body: () async throws -> Void
  ) async throws(PlanRunner.Failure) {
    let start = target.clock.now
    do { try await body() } catch { throw failure(index, step.action, error) }
    observer(
      .performed(step: index + 1, action: step.action, name: step.name, elapsed: target.clock.now - start))
  }

  private mutating func count(_ patch: FlashPlan.Patch) {
    if let last = report.patches.indices.last, report.patches[last].section == patch.section {
      report.patches[last].count += 1
    } else {
      report.patches.append(
        PlanRunner.Report.Patches(section: patch.section, count: 1, verified: .acknowledged))
    }
  }

  /// The end of the run. A journal that records nothing worth going on with is not left behind.
  func failure(_ index: Int, _ action: String, accepted: Accepted = Accepted(), _ error: any Error)
    -> PlanRunner.Failure
  {
    let step = steps[index]
    observer(.failed(step: index + 1, name: step.name))
    var isResumable = journal != nil
    // A plan that cannot be made again has begun with its first change, whether any of it is known to have arrived or not.
    let tried = resolved.plan.isMadeFromContent ? steps[...index] : steps[..<index]
    let hasBegun = tried.contains { other in
      switch other {
      case .configure, .save: false
      default: true
      }
    }
    if !hasBegun, !accepted.hasBegun, !isResumed {
      journal?.remove()
      isResumable = false
    }
    return PlanRunner.Failure(
      step: index + 1, action: action, name: step.name, acceptedBytes: accepted.value,
      hasBegun: accepted.hasBegun, finishedSteps: max(index, journal?.finished ?? 0), isResumable: isResumable,
      underlying: error)
  }
}
