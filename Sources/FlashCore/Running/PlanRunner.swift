/// Runs a plan on a target, step by step, and tells an observer about it.
///
/// The whole plan is checked first; nothing has been written when that fails. With a journal an interrupted run can be
/// continued: what it wrote is compared with the images, and only what differs is sent again.
public struct PlanRunner: Sendable {
  /// A step that did not succeed, with the target's own error.
  public struct Failure: Error {
    /// 1-based; 0 when the plan was refused before the first step.
    public var step: Int
    /// `write`, `erase`, …; `verify` when what was written differs.
    public var action: String
    public var name: String
    /// The file and line that the step is from, where a descriptor has such: `rawprogram0.xml:12`.
    public var descriptor: String?
    /// Bytes of the step that the device had taken.
    public var acceptedBytes: UInt64
    /// Whether the device may hold some of the step's bytes, taken or not.
    public var hasBegun: Bool
    /// Steps that are finished, by this run or by the one that it continues.
    public var finishedSteps: Int
    /// Whether a journal allows to go on from here.
    public var isResumable: Bool
    public var underlying: any Error

    public init(
      step: Int, action: String, name: String, descriptor: String? = nil, acceptedBytes: UInt64 = 0,
      hasBegun: Bool = false, finishedSteps: Int = 0, isResumable: Bool = false, underlying: any Error
    ) {
      self.step = step
      self.action = action
      self.name = name
      self.descriptor = descriptor
      self.acceptedBytes = acceptedBytes
      self.hasBegun = hasBegun
      self.finishedSteps = finishedSteps
      self.isResumable = isResumable
      self.underlying = underlying
    }
  }

  /// How a plan is run.
  public struct Options: Equatable, Sendable {
    /// What was written is compared with the images at the end.
    public var verifies = false
    /// Only ranges whose digests differ are sent.
    public var isDelta = false
    public var allowsOverlap = false
    public var allowsProtected = false
    /// Whether the files of the plan have been checked already (`FlashPlan.checkDigests`, `DeviceFamily.check`).
    public var hasCheckedFiles = false
    /// What burns fuses may be written; that includes the consent to touch the partitions that it lies in.
    public var allowsFusing = false
    /// Where the run is recorded; `nil` for nowhere.
    public var journal: PlanJournal.Place?
    /// What becomes of an unfinished run of the same plan.
    public var unfinished = Unfinished.refused

    public init() {}

    public enum Unfinished: Equatable, Sendable {
      /// The run does not begin (`PlanError.unfinished`).
      case refused
      case resumed
      case discarded
    }
  }

  let options: Options
  let observer: @Sendable (FlashEvent) -> Void

  public init(options: Options = Options(), observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }) {
    self.options = options
    self.observer = observer
  }

  /// Checks the whole plan against the target and the files, without writing anything.
  public func check(_ plan: FlashPlan, on target: any FlashTarget) async throws(Failure) {
    _ = try await resolve(plan, on: target)
  }

  /// Checks the whole plan against the target, then runs it. The first failure ends the run; nothing after it, a
  /// reboot least of all, is tried.
  public func run(_ plan: FlashPlan, on target: any FlashTarget) async throws(Failure) -> Report {
    // Proof that was asked for and cannot be had is said before anything is written.
    if options.verifies {
      do throws(UnsupportedOperation) { _ = try StorageComparison(of: target) } catch { throw Self.refusal(error) }
    }
    let resolved = try await resolve(plan, on: target)
    let journal: PlanJournal?
    do { journal = try beginJournal(plan, on: target) } catch { throw Self.refusal(error) }
    observer(.planned(steps: plan.steps.count, bytes: plan.byteCount))
    let comparison = try await comparison(resolved, target, isResumed: journal?.isContinued == true)
    if options.isDelta { sayWhatDeltaCannot(resolved, target, comparison) }
    if let journal, journal.isContinued {
      observer(.resuming(finished: journal.finished, steps: plan.steps.count))
    } else if options.unfinished == .resumed {
      observer(.nothingToResume)
    }
    var run = PlanRun(
      resolved, on: target, options: options, journal: journal, comparison: comparison, observer: observer)
    return try await run.execute()
  }

  private func resolve(_ plan: FlashPlan, on target: any FlashTarget) async throws(Failure) -> ResolvedPlan {
    var check = PlanCheck(plan, on: target, options: options)
    do { return try await check.run() } catch { throw Self.refusal(error, of: check.stepAtHand) }
  }

  /// How what is there can be compared, where anybody wants to know.
  private func comparison(
    _ plan: ResolvedPlan, _ target: any FlashTarget, isResumed: Bool
  ) async throws(Failure) -> StorageComparison? {
    let isWanted = plan.plan.steps.contains { if case .write(let write) = $0 { write.isReadBack } else { false } }
    guard options.verifies || options.isDelta || isResumed || isWanted else { return nil }
    do { return try await plan.comparison(on: target) } catch {
      // Only proof that the user asked for cannot be done without.
      if options.verifies || Task.isCancelled { throw Self.refusal(error) }
      return nil
    }
  }

  private func sayWhatDeltaCannot(
    _ plan: ResolvedPlan, _ target: any FlashTarget, _ comparison: StorageComparison?
  ) {
    if comparison?.method != .digest {
      return observer(.deltaUnavailable(name: target.protocolName, .noDigest))
    }
    if !target.capabilities.contains(.writeRanges) {
      return observer(.deltaUnavailable(name: target.protocolName, .wholeImages))
    }
    for (index, step) in plan.plan.steps.enumerated() where plan.place(index)?.kind == .nand {
      if case .write(let write) = step { observer(.deltaUnavailable(name: write.name, .nand)) }
    }
  }

  /// Nothing has been written; `step` is what was looked at.
  static func refusal(_ error: any Error, of step: FlashPlan.Step? = nil) -> Failure {
    Failure(
      step: 0, action: "check", name: step?.name ?? "plan", descriptor: step?.descriptor, underlying: error)
  }

  /// The journal of this plan on this device: a new one, or the one to go on with. There is none where the device could
  /// not go on from the middle.
  private func beginJournal(_ plan: FlashPlan, on target: any FlashTarget) throws -> PlanJournal? {
    guard let place = options.journal, target.capabilities.contains(.writeRanges) else { return nil }
    do {
      guard var journal = try PlanJournal.open(plan, at: place) else {
        observer(.journalUnavailable(path: place.folder, reason: "another run has it"))
        return nil
      }
      if journal.isContinued {
        switch options.unfinished {
        case .refused:
          throw PlanError.unfinished(journal: journal.path, finished: journal.finished, steps: plan.steps.count)
        case .resumed: return journal
        case .discarded: break
        }
      }
      try journal.begin()
      if plan.isMadeFromContent { try journal.keep(plan) }
      return journal
    } catch let error as PlanError {
      throw error
    } catch {
      observer(.journalUnavailable(path: place.folder, reason: PlanJournal.reason(error)))
      return nil
    }
  }
}
