/// Runs a plan on a target, step by step, and tells an observer about it.
public struct PlanRunner: Sendable {
  /// A step that did not succeed, with the target's own error.
  public struct Failure: Error {
    /// 1-based; 0 when the plan was refused before the first step.
    public var step: Int
    public var name: String
    /// Bytes of the step that the device had taken.
    public var acceptedBytes: UInt64
    public var underlying: any Error
  }

  /// What was written, for the result.
  public struct Report: Equatable, Sendable {
    public struct Extent: Equatable, Sendable {
      public var name: String
      public var extent: PlanExtent
      public var byteCount: UInt64
      public var elapsed: Duration
      public var verified: Verification
    }

    public var extents: [Extent] = []
    public var rebooted: RebootMode?
  }

  private let observer: @Sendable (FlashEvent) -> Void

  public init(observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }) {
    self.observer = observer
  }

  /// Checks the whole plan against the target, then runs it. The first failure ends the run; nothing after it, a
  /// reboot least of all, is tried.
  public func run(_ plan: FlashPlan, on target: any FlashTarget) async throws(Failure) -> Report {
    do { try await target.validate(plan) } catch {
      throw Failure(step: 0, name: "plan", acceptedBytes: 0, underlying: error)
    }
    observer(.planned(steps: plan.steps.count, bytes: plan.byteCount))
    var report = Report()
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .write(let write):
        report.extents.append(try await run(write, number: index + 1, on: target))
      case .configure(let storage): try await run("configure", index + 1) { try await target.configure(storage) }
      case .erase(let erase): try await run(erase.name, index + 1) { try await target.erase(erase) }
      case .zero(let zero): try await run(zero.name, index + 1) { try await target.zero(zero) { _ in } }
      case .patch(let patch): try await run("patch", index + 1) { try await target.patch(patch) }
      case .makeBootable(let section):
        try await run("make bootable", index + 1) { try await target.makeBootable(section: section) }
      case .reboot(let mode):
        observer(.rebooting(step: index + 1, mode: mode))
        do { try await target.reboot(to: mode) } catch {
          observer(.failed(step: index + 1, name: "reboot"))
          throw Failure(step: index + 1, name: "reboot", acceptedBytes: 0, underlying: error)
        }
        report.rebooted = mode
      }
    }
    return report
  }

  private func run(_ name: String, _ number: Int, _ body: () async throws -> Void) async throws(Failure) {
    do { try await body() } catch {
      observer(.failed(step: number, name: name))
      throw Failure(step: number, name: name, acceptedBytes: 0, underlying: error)
    }
  }

  private func run(
    _ write: FlashPlan.Write, number: Int, on target: any FlashTarget
  ) async throws(Failure) -> Report.Extent {
    let clock = target.clock
    let start = clock.now
    let accepted = Accepted()
    observer(.started(step: number, name: write.name, bytes: write.byteCount))
    do {
      let verified = try await target.write(write, ranges: nil) { [observer] progress in
        switch progress {
        case .bytes(let bytes):
          accepted.set(bytes)
          observer(.progressed(step: number, bytes: bytes))
        case .settling(let state, let percent):
          observer(.settling(step: number, state: state, percent: percent))
        }
      }
      let elapsed = clock.now - start
      observer(.finished(step: number, elapsed: elapsed, verified: verified))
      return Report.Extent(
        name: write.name, extent: write.extent, byteCount: write.byteCount, elapsed: elapsed, verified: verified)
    } catch {
      observer(.failed(step: number, name: write.name))
      throw Failure(step: number, name: write.name, acceptedBytes: accepted.value, underlying: error)
    }
  }
}
