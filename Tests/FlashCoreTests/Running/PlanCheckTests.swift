import FlashCore
import FlashImages
import Synchronization
import Testing

@Suite struct `Checking a plan before it runs` {
  let files = Workspace()
  let target = MemoryTarget(["0": [UInt8](repeating: 7, count: 8192), "1": [UInt8](repeating: 7, count: 1024)])

  /// Runs, expects a refusal before the first step, and that nothing was written.
  private func refusal(_ steps: [FlashPlan.Step], _ options: PlanRunner.Options = .init()) async -> (any Error)? {
    do {
      _ = try await PlanRunner(options: options).run(files.plan(steps), on: target)
      return nil
    } catch {
      #expect(error.step == 0)
      #expect(target.state.withLock { $0.written.isEmpty && $0.erased.isEmpty && $0.calls.isEmpty })
      return error.underlying
    }
  }

  @Test func `refuses an image that is larger than its place`() async throws {
    let error = await refusal([try files.write("boot", noise(1025, seed: 1), room: 1024)])
    #expect(error as? PlanError == .doesNotFit(name: "boot", byteCount: 1025, room: 1024))
  }

  @Test func `refuses an image that reaches beyond the section`() async throws {
    let error = await refusal([try files.write("boot", noise(600, seed: 1), to: "1", at: 512)])
    #expect(error as? PlanError == .doesNotFit(name: "boot", byteCount: 600, room: 512))
  }

  @Test func `refuses what would make the second of two steps depend on their order`() async throws {
    let steps = [try files.write("a", noise(1024, seed: 1)), try files.write("b", noise(512, seed: 2), at: 512)]
    let error = await refusal(steps)
    #expect(
      error as? PlanError == .overlap(first: "a", second: "b", at: StorageRange(section: "0", bytes: 512..<1024)))
    var options = PlanRunner.Options()
    options.allowsOverlap = true
    _ = try await PlanRunner(options: options).run(files.plan(steps), on: target)
    #expect(Array(target.content("0")[512..<1024]) == noise(512, seed: 2))
  }

  @Test func `takes a range that is erased before it is written`() async throws {
    let erase = FlashPlan.Erase(name: "a", extent: PlanExtent(section: "0", length: 2048))
    let report = try await PlanRunner().run(
      files.plan([.erase(erase), try files.write("a", noise(1000, seed: 3))]), on: target)
    #expect(report.erased == ["a"])
    #expect(
      Array(target.content("0")[..<2048]) == noise(1000, seed: 3) + [UInt8](repeating: 0, count: 24)
        + [UInt8](repeating: 0xFF, count: 1024))
  }

  @Test func `refuses partitions with data of this one device, by the device's own table`() async throws {
    let persist = Partition(
      name: "persist", extent: PlanExtent(section: "0", start: .fromStart(4096), length: 512))
    let target = MemoryTarget(["0": [UInt8](repeating: 7, count: 8192)], partitions: [persist])
    let step = try files.write("system", noise(5000, seed: 1))
    do {
      _ = try await PlanRunner().run(files.plan([step]), on: target)
      Issue.record("written")
    } catch {
      #expect(error.underlying as? PlanError == .protected(["persist"]))
    }
    var options = PlanRunner.Options()
    options.allowsProtected = true
    _ = try await PlanRunner(options: options).run(files.plan([step]), on: target)
    #expect(Array(target.content("0")[..<5000]) == noise(5000, seed: 1))
  }

  @Test func `a patch inside of such a partition is refused, one beside it is not`() async throws {
    let partitions = ["persist", "sec"].enumerated().map { index, name in
      Partition(
        name: name,
        extent: PlanExtent(section: "0", start: .fromStart(4096 + 1024 * UInt64(index)), length: 1024))
    }
    let target = MemoryTarget(["0": [UInt8](repeating: 7, count: 8192)], partitions: partitions)
    func refusal(at offset: UInt64, _ options: PlanRunner.Options = .init()) async -> PlanError? {
      let patch = FlashPlan.Patch(section: "0", start: .fromStart(offset), byteOffset: 500, byteCount: 4, value: "1")
      do {
        try await PlanRunner(options: options).check(files.plan([.patch(patch)]), on: target)
        return nil
      } catch { return error.underlying as? PlanError }
    }
    #expect(await refusal(at: 4608) == .protected(["persist"]))
    #expect(await refusal(at: 5632) == .fusing(["sec"]))
    #expect(await refusal(at: 512) == nil)
    #expect(await refusal(at: 6144) == nil)
    var options = PlanRunner.Options()
    options.allowsProtected = true
    #expect(await refusal(at: 4608, options) == nil)
    options.allowsFusing = true
    #expect(await refusal(at: 5632, options) == nil)
  }

  @Test func `what burns fuses needs its own word, by name, by place and by file`() async throws {
    let sec = Partition(name: "sec", extent: PlanExtent(section: "0", start: .fromStart(4096), length: 512))
    let target = MemoryTarget(["0": [UInt8](repeating: 7, count: 8192)], partitions: [sec])
    var options = PlanRunner.Options()
    options.allowsProtected = true
    func refusal(_ step: FlashPlan.Step) async -> PlanError? {
      do {
        try await PlanRunner(options: options).check(files.plan([step]), on: target)
        return nil
      } catch { return error.underlying as? PlanError }
    }
    let over = try files.write("system", noise(5000, seed: 1))
    #expect(await refusal(over) == .fusing(["sec"]))
    #expect(await refusal(try files.write("secdata_b", noise(100, seed: 1))) == .fusing(["secdata_b"]))
    let file = try files.file("SEC.DAT", [1, 2, 3])
    let write = FlashPlan.Write(
      name: "other", extent: PlanExtent(section: "0"), image: ImageReference(path: file, offset: 0, length: 3),
      byteCount: 3)
    #expect(await refusal(.write(write)) == .fusing(["other"]))
    let erase = FlashPlan.Erase(name: "e", extent: PlanExtent(section: "0"))
    #expect(await refusal(.erase(erase)) == nil)
    options = PlanRunner.Options()
    options.allowsFusing = true
    #expect(await refusal(over) == nil)
    #expect(await refusal(.write(write)) == nil)
    #expect(await refusal(.erase(erase)) == nil)
    options = PlanRunner.Options()
    #expect(await refusal(.erase(erase)) == .protected(["sec"]))
  }

  @Test(arguments: ["modemst1", "MODEMST2", "fsg", "nvram", "persist", "fsg_a"])
  func `knows the names of what must stay`(name: String) { #expect(ProtectedPartitions.contains(name)) }

  @Test(arguments: ["boot_a", "system", "userdata", "frp", "xbl"])
  func `lets everything else go`(name: String) { #expect(!ProtectedPartitions.contains(name)) }

  @Test func `refuses a file whose digest is another than the descriptor's`() async throws {
    let path = try files.file("x", [1, 2, 3])
    let write = FlashPlan.Write(
      name: "x", extent: PlanExtent(section: "0"),
      image: ImageReference(path: path, offset: 0, length: 3, sha256: String(repeating: "0", count: 64)), byteCount: 3)
    let error = await refusal([.write(write)])
    // printf '\1\2\3' | sha256sum
    #expect(
      error as? PlanError
        == .fileDigest(
          file: path, expected: String(repeating: "0", count: 64),
          found: "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"))
  }

  @Test func `refuses places that are outside, unaligned or nowhere`() async throws {
    let one = await refusal([.erase(.init(name: "e", extent: PlanExtent(section: "9")))])
    #expect(one as? StorageError == .noSection("9", known: ["0", "1"]))
    let two = PlanExtent(section: "0", start: .fromStart(100), length: 512)
    #expect(
      await refusal([.erase(.init(name: "e", extent: two))]) as? StorageError == .unaligned(two, sectorByteCount: 512))
    let three = PlanExtent(section: "0", start: .fromEnd(9000))
    #expect(
      await refusal([.erase(.init(name: "e", extent: three))]) as? StorageError
        == .outside(three, sectionByteCount: 8192))
    let four = FlashPlan.Patch(
      section: "0", start: .expression("NUM_DISK_SECTORS"), byteOffset: 0, byteCount: 4, value: "1")
    #expect(await refusal([.patch(four)]) is StorageError)
  }

  @Test func `finds regions by section, partition and range`() async throws {
    let boot = Partition(name: "boot", extent: PlanExtent(section: "0", start: .fromStart(1024), length: 2048))
    let target = MemoryTarget(["0": [UInt8](repeating: 0, count: 8192)], partitions: [boot])
    func resolve(_ text: String) async throws -> Range<UInt64> {
      let region = try #require(Region(parsing: text))
      return try await target.resolve(target.resolve(region)).bytes
    }
    #expect(try await resolve("boot") == 1024..<3072)
    #expect(try await resolve("0/BOOT") == 1024..<3072)
    #expect(try await resolve("0") == 0..<8192)
    #expect(try await resolve("0/2s+1s") == 1024..<1536)
    #expect(try await resolve("boot/512+512") == 1536..<2048)
    await #expect(throws: StorageError.noPartition("x")) { try await resolve("x") }
    await #expect(throws: StorageError.self) { try await resolve("boot/0+4096") }
  }
}
