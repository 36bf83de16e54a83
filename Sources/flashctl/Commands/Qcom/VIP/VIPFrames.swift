import FlashCore
import Qualcomm
import Synchronization

/// What a host sends a device that takes only what its digest tables foresee: the digest of every frame, and the step of
/// the plan that the frame is from.
struct VIPFrames {
  let digests: [[UInt8]]
  private let plan: FlashPlan
  /// How many frames had been sent when a step (1-based) was over.
  private let ends: [(step: Int, frames: Int)]

  /// Records everything that running a plan would send.
  init(of plan: FlashPlan, settings: Qualcomm.FirehoseSettings) async throws {
    var settings = settings
    settings.isRecording = true
    settings.tables = nil
    let provider = FirehoseRecordingProvider()
    let connection = Connection(link: provider.link, provider: provider, familyOptions: [settings])
    let target = try await QualcommFamily().connect(connection)
    // What is sent before the first step is none of the package's.
    try await target.prepareStorage()
    let start = provider.link.digests.count
    let seen = Mutex<[(step: Int, frames: Int)]>([(step: 0, frames: start)])
    let runner = PlanRunner { event in
      switch event {
      case .finished(let step, _, _), .performed(let step, _, _, _):
        let count = provider.link.digests.count
        seen.withLock { $0.append((step: step, frames: count)) }
      default: break
      }
    }
    _ = try await runner.run(plan, on: target)
    await target.close()
    digests = provider.link.digests
    ends = seen.withLock { $0 }
    self.plan = plan
  }

  /// The entry that a frame (1-based) is from: `rawprogram0.xml:12: system`, or what else the host sends.
  func entry(of frame: Int) -> String {
    guard let end = ends.first(where: { frame <= $0.frames }) else {
      return frame <= digests.count ? "the restart at the end" : "behind the end"
    }
    guard end.step > 0, end.step <= plan.steps.count else { return "the agreement on storage and sizes (configure)" }
    let step = plan.steps[end.step - 1]
    let name = if case .patch(let patch) = step, !patch.comment.isEmpty { patch.comment } else { step.name }
    return step.descriptor.map { "\($0): \(name)" } ?? "\(step.action) \(name)"
  }

  /// A problem of the tables, with the entry that shows it.
  func diagnostic(_ problem: FirehoseVIPError) -> Diagnostic {
    var diagnostic = Diagnostic(problem)
    switch problem {
    case .differs(let frame), .noTable(let frame, _): diagnostic.message = "\(entry(of: frame)): \(diagnostic.message)"
    default: break
    }
    return diagnostic
  }

  /// Compares a plan with the tables that the user gave, as the device would at the price of a half-written storage.
  static func check(_ plan: FlashPlan, _ options: LoaderOptions) async throws {
    let settings = try options.settings()
    guard let tables = settings.tables else { return }
    let frames = try await VIPFrames(of: plan, settings: settings)
    let check = FirehoseVIPCheck(tables, frames: frames.digests)
    if let first = check.problems.first { throw frames.diagnostic(first) }
  }
}
