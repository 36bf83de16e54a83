import FlashCore
import FlashImages
import Synchronization
import Testing

@Suite struct `Resuming a run` {
  static let capabilities: [Set<Capability>] = [
    MemoryTarget.everything, MemoryTarget.everything.subtracting([.digest]),
  ]

  let files = Workspace()
  static let size = 1 << 20

  private func plan() throws -> (FlashPlan, [UInt8]) {
    let (a, b, c) = (noise(300_000, seed: 1), noise(200_001, seed: 2), noise(100_000, seed: 3))
    var content = [UInt8](repeating: 0x55, count: Self.size)
    content.replaceSubrange(0..<a.count, with: a)
    content.replaceSubrange(a.count..<300_032, with: [UInt8](repeating: 0, count: 32))
    let gap = 409_600
    content.replaceSubrange(gap..<gap + 300_032, with: [UInt8](repeating: 0xFF, count: 300_032))
    content.replaceSubrange(gap..<gap + b.count, with: b)
    content.replaceSubrange(gap + b.count..<gap + 200_192, with: [UInt8](repeating: 0, count: 191))
    let last = 819_200
    content.replaceSubrange(last..<last + 100_352, with: c + [UInt8](repeating: 0, count: 352))
    let erase = FlashPlan.Erase(
      name: "b", extent: PlanExtent(section: "0", start: .fromStart(UInt64(gap)), length: 300_032))
    let plan = files.plan([
      try files.write("a", a), .erase(erase), try files.write("b", b, at: UInt64(gap)),
      try files.write("c", c, at: UInt64(last)), .makeBootable(section: "0"),
    ])
    return (plan, content)
  }

  private var recorded: PlanRunner.Options {
    var options = PlanRunner.Options()
    options.journal = files.journal
    return options
  }

  @Test(arguments: [0, 1, 512, 100_000, 300_031, 300_032, 300_033, 400_000, 500_223, 500_224, 600_000], capabilities)
  func `ends with exactly the intended storage after a disconnect`(
    at byte: UInt64, capabilities: Set<Capability>
  ) async throws {
    let (plan, intended) = try plan()
    let target = MemoryTarget(
      ["0": [UInt8](repeating: 0x55, count: Self.size)], capabilities: capabilities, writable: byte)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    #expect(target.state.withLock { $0.calls }.isEmpty)
    let back = target.comesBack()
    var options = recorded
    options.unfinished = .resumed
    let report = try await PlanRunner(options: options).run(plan, on: back)
    #expect(back.content("0") == intended)
    #expect(back.state.withLock { $0.calls } == ["bootable 0", "reboot"])
    #expect(files.journals.isEmpty)
    #expect(report.extents.count == 3)
  }

  @Test func `a run that is ended while it compares knows what is done`() async throws {
    let (plan, _) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 550_000)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    var options = recorded
    options.unfinished = .resumed
    let runner = PlanRunner(options: options) { event in
      if case .comparing = event { withUnsafeCurrentTask { $0?.cancel() } }
    }
    let back = target.comesBack()
    let failure = await Task { () -> PlanRunner.Failure? in
      do throws(PlanRunner.Failure) {
        _ = try await runner.run(plan, on: back)
        return nil
      } catch { return error }
    }.value
    #expect(failure?.step == 1 && failure?.action == "compare")
    // Everything before the image that was cut off.
    #expect(failure?.finishedSteps == 3 && failure?.isResumable == true)
    #expect(files.journals.count == 1)
  }

  @Test func `sends only what is missing`() async throws {
    let (plan, intended) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 500_224)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    let back = target.comesBack()
    var options = recorded
    options.unfinished = .resumed
    let report = try await PlanRunner(options: options).run(plan, on: back)
    #expect(back.content("0") == intended)
    #expect(report.extents.map(\.sentByteCount) == [0, 0, 100_000])
    #expect(report.extents.map(\.verified) == [.digest, .digest, .acknowledged])
    #expect(back.state.withLock { $0.erased }.isEmpty)
  }

  @Test func `sends again what was lost though it had been acknowledged`() async throws {
    let (plan, intended) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 500_224)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    let back = target.comesBack()
    back.state.withLock { $0.sections["0"]?[1000] ^= 1 }
    var options = recorded
    options.unfinished = .resumed
    _ = try await PlanRunner(options: options).run(plan, on: back)
    #expect(back.content("0") == intended)
  }

  @Test func `stops at an unfinished run until it is told to resume or to restart`() async throws {
    let (plan, intended) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 400_000)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    let back = target.comesBack()
    do {
      _ = try await PlanRunner(options: recorded).run(plan, on: back)
      Issue.record("ran")
    } catch {
      let path = files.journal.path(of: plan)
      #expect(error.underlying as? PlanError == .unfinished(journal: path, finished: 2, steps: 6))
    }
    #expect(back.state.withLock { $0.written.isEmpty })
    var options = recorded
    options.unfinished = .discarded
    let report = try await PlanRunner(options: options).run(plan, on: back)
    #expect(report.sentByteCount == 600_001)
    #expect(back.content("0") == intended)
    #expect(files.journals.isEmpty)
  }

  @Test func `leaves no journal when nothing was begun`() async throws {
    let (plan, _) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 0)
    do {
      _ = try await PlanRunner(options: recorded).run(plan, on: target)
      Issue.record("ran")
    } catch {
      #expect(!error.isResumable)
    }
    #expect(files.journals.isEmpty)
  }

  @Test func `a new plan on the device ends what was begun before`() async throws {
    let (plan, _) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 400_000)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    let other = files.plan([try files.write("d", [1, 2, 3])])
    _ = try await PlanRunner(options: recorded).run(other, on: target.comesBack())
    #expect(files.journals.isEmpty)
  }

  @Test func `a damaged journal counts as none`() async throws {
    let (plan, intended) = try plan()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: Self.size)], writable: 400_000)
    await #expect(throws: PlanRunner.Failure.self) { try await PlanRunner(options: recorded).run(plan, on: target) }
    let name = try #require(files.journals.first)
    try files.file("journal/" + name, Array("{\"version\":1,\"finished\":99}".utf8))
    let back = target.comesBack()
    var options = recorded
    options.unfinished = .resumed
    _ = try await PlanRunner(options: options).run(plan, on: back)
    #expect(back.content("0") == intended)
  }
}
