import FlashCore
import FlashImages
import Synchronization
import Testing

/// A target that does what it is told and remembers it.
final class RecordingTarget: FlashTarget {
  struct Refused: Error, Equatable {}

  let protocolName = "test"
  let clock: any LinkClock = SystemLinkClock()
  let identity = DeviceIdentity(family: "test", model: "T1", mode: "test")
  let rebootModes: [RebootMode] = [.system]
  let failing: String?
  let calls = Mutex<[String]>([])

  init(failing: String? = nil) { self.failing = failing }

  func validate(_ plan: FlashPlan) async throws { try note("validate") }
  func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification {
    progress(.bytes(write.byteCount / 2))
    try note(write.name)
    progress(.settling(state: "finishing", percent: 50))
    progress(.bytes(write.byteCount))
    return .acknowledged
  }
  func reboot(to mode: RebootMode) async throws { try note("reboot \(mode.rawValue)") }
  func close() async {}

  private func note(_ call: String) throws {
    calls.withLock { $0.append(call) }
    if call == failing { throw Refused() }
  }
}

@Suite struct `Running a plan` {
  static let plan = FlashPlan(
    family: "test", descriptors: ["a"],
    steps: [write("kernel", 10), write("mmc", 20), .reboot(.system)])

  static func write(_ name: String, _ count: UInt64) -> FlashPlan.Step {
    .write(
      FlashPlan.Write(
        name: name, extent: PlanExtent(section: name), image: ImageReference(path: "a", offset: 0, length: count),
        byteCount: count))
  }

  @Test func `goes through the steps in order and reports each extent`() async throws {
    let target = RecordingTarget()
    let events = Mutex<[FlashEvent]>([])
    let report = try await PlanRunner { event in events.withLock { $0.append(event) } }.run(Self.plan, on: target)
    #expect(target.calls.withLock { $0 } == ["validate", "kernel", "mmc", "reboot system"])
    #expect(report.extents.map(\.name) == ["kernel", "mmc"])
    #expect(report.extents.allSatisfy { $0.verified == .acknowledged })
    #expect(report.rebooted == .system)
    let seen = events.withLock { $0 }
    #expect(seen.first == .planned(steps: 3, bytes: 30))
    #expect(seen.contains(.started(step: 2, name: "mmc", bytes: 20)))
    #expect(seen.contains(.settling(step: 1, state: "finishing", percent: 50)))
    #expect(seen.last == .rebooting(step: 3, mode: .system))
  }

  @Test func `ends at the first failure and never reboots after one`() async throws {
    let target = RecordingTarget(failing: "kernel")
    do {
      _ = try await PlanRunner().run(Self.plan, on: target)
      Issue.record("the run succeeded")
    } catch {
      #expect(error.step == 1)
      #expect(error.name == "kernel")
      #expect(error.acceptedBytes == 5)
      #expect(error.underlying is RecordingTarget.Refused)
    }
    #expect(target.calls.withLock { $0 } == ["validate", "kernel"])
  }

  @Test func `writes nothing when the target refuses the plan`() async {
    let target = RecordingTarget(failing: "validate")
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner().run(Self.plan, on: target) }
    #expect(target.calls.withLock { $0 } == ["validate"])
  }

  @Test func `a target without a capability says so by its protocol's name`() async {
    let target = RecordingTarget()
    await #expect(throws: UnsupportedOperation(protocolName: "test", capability: .read)) {
      try await target.read(StorageRange(section: "boot", bytes: 0..<512)) { _ in }
    }
    await #expect(throws: UnsupportedOperation(protocolName: "test", capability: .partitions)) {
      try await target.partitions()
    }
    await #expect(throws: UnsupportedOperation(protocolName: "test", capability: .erase)) {
      try await target.erase(FlashPlan.Erase(name: "boot", extent: PlanExtent(section: "boot")))
    }
  }

  @Test func `extents print as regions do`() {
    #expect(PlanExtent(section: "mmc").description == "mmc")
    #expect(PlanExtent(section: "0", start: .fromEnd(1024), length: 512).description == "0/end-0x400+0x200")
    #expect(PlanExtent(section: "user", start: .fromStart(0), length: 16).description == "user/0x0+0x10")
  }
}
