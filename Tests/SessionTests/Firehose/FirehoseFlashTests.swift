import DeviceSimulator
import FlashCore
import FlashImages
import Qualcomm
import Synchronization
import Testing

/// Whole flash sessions: a package, proof, the restart, and the storage looked at from outside.
@Suite struct `Firehose: flashing packages` {
  private static let knobs = [("lun0-size", "128M")]

  @Test(arguments: [
    ("msm8916-emmc", 512, 64 << 20, [0, 1, 2]), ("sdm845-ufs", 4096, 64 << 20, [0, 4, 1]),
    ("ipq-spinor", 4096, 20 << 20, [0, 0, 0]),
  ])
  func `a package is what is stored in the end`(
    model: String, sector: Int, start: Int, sections: [Int]
  ) async throws {
    let rig = try FirehoseRig(model, knobs: model == "ipq-spinor" ? [] : Self.knobs)
    let package = try FlashPackage(in: rig.folder, sector: sector, start: start, sections: sections)
    let report = try await rig.flash(package)
    #expect(report.extents.map(\.verified) == [.digest, .digest, .digest])
    #expect(report.rebooted == .system && report.patches.map(\.verified) == [.readback])
    #expect(try package.differences(on: rig) == [])
  }

  @Test func `a device that wants eight images gets them, and its package`() async throws {
    let rig = try FirehoseRig("sa8775p", knobs: Self.knobs)
    let package = try FlashPackage(in: rig.folder, sector: 4096)
    let loaders = [59, 36, 37, 61, 60, 21, 13, 38].map {
      "\($0):" + rig.folder.file($0 == 13 ? "prog.elf" : "second.elf")
    }
    _ = try await rig.flash(package, loaders: loaders)
    #expect(try package.differences(on: rig) == [])
    let short = try FirehoseRig("sa8775p", knobs: Self.knobs)
    let outcome = await short.outcome { try await $0.storage() }
    guard case .failed(.sahara) = outcome else { Issue.record("\(outcome)"); return }
  }

  @Test func `a plan reaches several storages of a kind`() async throws {
    let rig = try FirehoseRig("sdm845-ufs", knobs: Self.knobs + [("slots", "2"), ("luns", "2")])
    let first = try FlashPackage(in: rig.folder, sector: 4096)
    let second = try LoaderFolder()
    let other = try FlashPackage(in: second, sector: 4096, slot: 1)
    var request = first.request
    request.descriptors.insert(contentsOf: other.request.descriptors, at: 1)
    let report = try await rig.withTarget { target in
      let plan = try #require(try QualcommFamily().plan(request, for: target.identity))
      var options = PlanRunner.Options()
      options.verifies = true
      return try await PlanRunner(options: options).run(plan, on: target)
    }
    #expect(report.extents.count == 6 && report.extents.allSatisfy { $0.verified == .digest })
    #expect(try first.differences(on: rig) == [])
    #expect(try other.differences(on: rig, slot: 1) == [])
  }

  /// The tables are made by running the same plan without a device.
  @Test func `a fused device takes a package with its tables`() async throws {
    var settings = FirehoseSettings()
    settings.memory = .ufs
    settings.sectorByteCount = 4096
    let folder = try LoaderFolder()
    let package = try FlashPackage(in: folder, sector: 4096)
    let plan = try #require(try QualcommFamily().plan(package.request, for: nil))
    var recording = settings
    recording.isRecording = true
    let recorder = FirehoseRecordingProvider()
    let recorded = try await QualcommFamily().connect(
      Connection(link: recorder.link, provider: recorder, familyOptions: [recording]))
    _ = try await PlanRunner().run(plan, on: recorded)
    await recorded.close()
    var tables = try FirehoseVIPTables(digests: recorder.link.digests)
    tables.signed = Self.signed(tables.signed)
    settings.tables = tables

    let rig = try FirehoseRig("sm8250-vip", knobs: Self.knobs, settings: settings)
    let report = try await rig.withTarget { try await PlanRunner().run(plan, on: $0) }
    #expect(report.extents.allSatisfy { $0.verified == .acknowledged } && report.rebooted == .system)
    #expect(try package.differences(on: rig) == [])
    #expect(rig.log.traces.contains("table"))
  }

  /// An MBN file of version 6 without signature, which is what the simulated device takes.
  private static func signed(_ digests: [UInt8]) -> [UInt8] {
    let size = UInt32(digests.count)
    let words = [0x1A, 6, 0, 0, size, size, 0, 0, 0, 0, 0, 0] as [UInt32]
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } + digests
  }

  @Test func `a run that was called off goes on where it stopped`() async throws {
    let rig = try FirehoseRig("msm8916-emmc", knobs: Self.knobs)
    let package = try FlashPackage(in: rig.folder, sector: 512)
    let canceller = Canceller()
    let task = Task {
      try await rig.flash(package) { event in
        if case .progressed(step: 2, let bytes) = event, bytes > 0 { canceller.cancel() }
      }
    }
    canceller.set { task.cancel() }
    let ending = await task.result
    #expect(throws: PlanRunner.Failure.self) { try ending.get() }
    #expect(try package.differences(on: rig).contains("image 2"))

    // The programmer runs on, and waits for commands.
    let resumed = Mutex(0)
    _ = try await rig.flash(package, resumes: true, loaders: []) { event in
      if case .resuming = event { resumed.withLock { $0 += 1 } }
    }
    #expect(resumed.withLock { $0 } == 1)
    #expect(try package.differences(on: rig) == [])
  }

  /// Remembers that something is to be called off, also before it is known what.
  private final class Canceller: Sendable {
    private let state = Mutex<(isWanted: Bool, action: (@Sendable () -> Void)?)>((false, nil))

    func set(_ action: @escaping @Sendable () -> Void) {
      let isWanted = state.withLock { state in
        state.action = action
        return state.isWanted
      }
      if isWanted { action() }
    }

    func cancel() {
      let action = state.withLock { state in
        state.isWanted = true
        return state.action
      }
      action?()
    }
  }
}
