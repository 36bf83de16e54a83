import ArgumentParser
import FlashCore

/// `flashctl erase`
struct EraseCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erase a partition or range.",
    discussion: "Nokia Mk II has no such request; the command says so and exits with 76.")

  @OptionGroup var region: RegionOptions
  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    let region = try region.value()
    try await DeviceSession(options, console).run(step: "erase \(region)") { context in
      try context.target.require(.erase)
      let extent = try await context.target.resolve(region)
      try await context.target.erase(FlashPlan.Erase(name: region.description, extent: extent))
    }
    console.result("erased \(region)")
    console.event("result", ["status": "done", "region": .string(region.description)])
  }
}
