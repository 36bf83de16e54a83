import FlashImages
import Testing

@testable import FlashCore

@Suite struct `Devices of the same name, flashed at the same time` {
  let files = Workspace()

  private func place(_ port: String) -> PlanJournal.Place {
    var place = files.journal
    place.port = port
    return place
  }

  private func plan() throws -> (FlashPlan, [UInt8]) {
    let image = noise(300_000, seed: 1)
    return (files.plan([try files.write("a", image)]), image)
  }

  private func options(_ port: String, _ unfinished: PlanRunner.Options.Unfinished = .refused) -> PlanRunner.Options {
    var options = PlanRunner.Options()
    options.journal = place(port)
    options.unfinished = unfinished
    return options
  }

  @Test func `have records of their own, which their ports tell apart afterwards`() async throws {
    let (plan, image) = try plan()
    var other = try #require(try PlanJournal.open(plan, at: place("1-1")) as PlanJournal?)
    try other.begin()
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: 1 << 20)], writable: 100_000)
    await #expect(throws: PlanRunner.Failure.self) {
      try await PlanRunner(options: options("1-2")).run(plan, on: target)
    }
    other.remove()
    let back = target.comesBack()
    // The other run still has the name: only the port's record can be found.
    _ = try await PlanRunner(options: options("1-2", .resumed)).run(plan, on: back)
    #expect(Array(back.content("0").prefix(image.count)) == image)
    #expect(files.journals.filter { $0.hasSuffix(".json") }.isEmpty)
    withExtendedLifetime(other) {}
  }

  @Test func `are flashed without a record where even the port is taken`() async throws {
    let (plan, image) = try plan()
    let name = try JournalLock.take(try folderMade(place("1-1")))
    let port = try JournalLock.take(try #require(place("1-1").byPort))
    let target = MemoryTarget(["0": [UInt8](repeating: 0x55, count: 1 << 20)])
    _ = try await PlanRunner(options: options("1-1")).run(plan, on: target)
    #expect(Array(target.content("0").prefix(image.count)) == image)
    #expect(files.journals.allSatisfy { $0.hasSuffix(JournalLock.suffix) })
    withExtendedLifetime((name, port)) {}
  }

  private func folderMade(_ place: PlanJournal.Place) throws -> PlanJournal.Place {
    try PlanJournal.makeFolder(place.folder)
    return place
  }
}
