import Digests
import FlashCore
import FlashImages
import Synchronization
import Testing

@Suite struct `Copying what a plan changes` {
  let files = Workspace()
  let content = noise(8192, seed: 1)
  let table = [
    Partition(name: "nvram", extent: PlanExtent(section: "0", start: .fromStart(4096), length: 1024))
  ]

  private func target(writable: UInt64? = nil) -> MemoryTarget {
    MemoryTarget(["0": content], partitions: table, writable: writable)
  }

  /// Copies `nvram`, writes something else there, and `nvram` further up.
  private func plan() throws -> FlashPlan {
    let save = FlashPlan.Save(
      name: "nvram", extent: PlanExtent(section: "0", start: .fromStart(4096), length: 1024), folder: files.path,
      file: "nvram.bin")
    let moved = FlashPlan.Write(
      name: "NVRAM", extent: PlanExtent(section: "0", start: .fromStart(6144), length: 1024),
      image: ImageReference(path: save.path, offset: 0, length: 1024), byteCount: 1024)
    return files.plan([.save(save), try files.write("boot", noise(1024, seed: 2), at: 4096), .write(moved)])
  }

  private func fails(_ plan: FlashPlan, _ options: PlanRunner.Options, on target: MemoryTarget) async -> Bool {
    do {
      _ = try await PlanRunner(options: options).run(plan, on: target)
      return false
    } catch { return true }
  }

  @Test func `a copy is made before anything is written, listed with its digest, and can be written elsewhere`()
    async throws
  {
    let target = target()
    let report = try await PlanRunner().run(plan(), on: target)
    let copy = Array(content[4096..<5120])
    var digest = SHA256Digest()
    copy.withUnsafeBytes { digest.update($0) }
    #expect(
      report.saved == [
        .init(name: "nvram", path: files.path + "/nvram.bin", byteCount: 1024, sha256: digest.hexadecimal())
      ])
    let stored = target.content("0")
    #expect(Array(stored[4096..<5120]) == noise(1024, seed: 2))
    #expect(Array(stored[6144..<7168]) == copy)
    let manifest = try BackupRestoration(folder: files.path).manifest
    #expect(manifest.files.map(\.label) == ["nvram"] && manifest.files.first?.startSector == 8)
    // The folder is a backup.
    let options = {
      var options = PlanRunner.Options(); options.allowsProtected = true; return options
    }()
    let back = try await BackupRestoration(folder: files.path).plan(for: target)
    _ = try await PlanRunner(options: options).run(back, on: target)
    #expect(Array(target.content("0")[4096..<5120]) == copy)
  }

  @Test func `what a plan does not copy is still refused`() async throws {
    var plan = try plan()
    plan.steps.removeFirst()
    plan.steps.removeLast(2)
    do {
      _ = try await PlanRunner().run(plan, on: target())
      Issue.record("written without consent")
    } catch { #expect(error.underlying as? PlanError == .protected(["nvram"])) }
  }

  @Test func `a plan that has begun is kept, and its copies are older than what was written`() async throws {
    var options = PlanRunner.Options()
    options.journal = files.journal
    let plan = try plan()
    let cut = target(writable: 512)
    #expect(await fails(plan, options, on: cut))
    let begun = try #require(PlanJournal.begunPlan(at: files.journal, family: "memory"))
    #expect(begun.plan == plan && begun.finished == 1)
    #expect(PlanJournal.begunPlan(at: files.journal, family: "other") == nil)
    for unfinished in [PlanRunner.Options.Unfinished.discarded, .resumed] {
      options.unfinished = unfinished
      let back = cut.comesBack()
      _ = try await PlanRunner(options: options).run(begun.plan, on: back)
      #expect(Array(back.content("0")[6144..<7168]) == Array(content[4096..<5120]))
      #expect(files.journals.allSatisfy { $0.hasSuffix(".lock") })
    }
    #expect(PlanJournal.begunPlan(at: files.journal, family: "memory") == nil)
  }

  @Test func `a failed copy leaves nothing to go on with`() async throws {
    var options = PlanRunner.Options()
    options.journal = files.journal
    var plan = try plan()
    guard case .save(var save) = plan.steps[0] else { return }
    save.folder = try files.file("taken", [1])
    plan.steps[0] = .save(save)
    let target = target()
    #expect(await fails(plan, options, on: target))
    #expect(target.content("0") == content)
    #expect(PlanJournal.begunPlan(at: files.journal, family: "memory") == nil)
  }
}
