import FlashCore
import Qualcomm

/// What a host sends a device that takes only what its digest tables foresee.
enum VIPFrames {
  /// The digests of everything that running a plan would send.
  static func digests(of plan: FlashPlan, settings: Qualcomm.FirehoseSettings) async throws -> [[UInt8]] {
    var settings = settings
    settings.isRecording = true
    settings.tables = nil
    let provider = FirehoseRecordingProvider()
    let connection = Connection(link: provider.link, provider: provider, familyOptions: [settings])
    let target = try await QualcommFamily().connect(connection)
    _ = try await PlanRunner().run(plan, on: target)
    await target.close()
    return provider.link.digests
  }

  /// Compares a plan with the tables that the user gave, as the device would at the price of a half-written storage.
  ///
  /// Only where the options say what would be asked of the device otherwise.
  static func check(_ plan: FlashPlan, _ options: FirehoseOptions) async throws {
    guard options.memory != nil, options.sectorSize != nil else { return }
    let settings = try options.settings()
    guard let tables = settings.tables else { return }
    let check = FirehoseVIPCheck(tables, frames: try await digests(of: plan, settings: settings))
    if let first = check.problems.first { throw Diagnostic(first) }
  }
}
