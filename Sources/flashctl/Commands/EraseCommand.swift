import ArgumentParser
import FlashCore

/// `flashctl erase`
struct EraseCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erase a partition or range.",
    discussion: "Nokia Mk II has no such request; the command says so and exits with 76.")

  @OptionGroup var region: RegionOptions

  @Flag(help: "Print what would be erased and stop.")
  var dryRun = false

  @OptionGroup var place: ScatterPlaceOptions
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let region = try region.value()
    let session = try DeviceSession(options, console, loader)
    let extent = try await session.run(step: "erase \(region)") { context in
      try await context.target.prepareStorage()
      try context.target.require(.erase)
      let extent = try await place.resolve(region, context)
      let plan = FlashPlan(
        family: context.family.name, descriptors: [],
        steps: [.erase(FlashPlan.Erase(name: region.description, extent: extent))])
      let runner = PlanRunner(options: consent.options, observer: RunReporter(console: console).handle)
      if dryRun {
        try await runner.check(plan, on: context.target)
        try Planning.show(plan, on: console)
      } else {
        _ = try await runner.run(plan, on: context.target)
      }
      return extent
    }
    guard !dryRun else { return }
    console.result("erased \(region)")
    console.event(
      "result",
      [
        "status": "done", "region": .string(region.description), "extent": .string(extent.description),
        "bytes": extent.length.map { .unsigned($0) } ?? .null,
      ])
  }
}
