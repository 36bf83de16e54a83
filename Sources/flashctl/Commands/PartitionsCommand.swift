import ArgumentParser
import FlashCore

/// `flashctl partitions`
struct PartitionsCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "partitions", abstract: "List the partitions of a device.",
    discussion: "Nokia Mk II has no partition list; the command says so and exits with 76.")

  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    let partitions = try await DeviceSession(options, console).run(step: "list partitions") {
      try await $0.target.partitions()
    }
    for partition in partitions {
      console.result("\(partition.name)  \(partition.extent)")
      console.event(
        "partition",
        [
          "name": .string(partition.name), "section": .string(partition.extent.section),
          "extent": .string(partition.extent.description),
        ])
    }
    console.event("result", ["status": "done", "partitions": .integer(Int64(partitions.count))])
  }
}
