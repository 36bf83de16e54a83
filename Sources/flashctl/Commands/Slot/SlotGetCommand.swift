import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl slot get`
struct SlotGetCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Say which slot boots, by the partition tables.")

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader)
    let slots = try await session.run(step: "read the slots") { context in
      try await context.target.prepareStorage()
      let slots = try await SlotControl(context.target).slots
      guard !slots.pairs.isEmpty else { throw Diagnostic.noSlots(context.device) }
      return slots
    }
    console.result(slots.current.map { "slot \($0.rawValue)" } ?? "the partition tables do not say which slot boots")
    console.event(
      "result",
      [
        "status": "done", "slot": .optional(slots.current?.rawValue),
        "pairs": .array(slots.pairs.map { .string($0.name) }),
      ])
  }
}

extension Diagnostic {
  static func noSlots(_ device: String) -> Diagnostic {
    Diagnostic(
      code: "slot.none", message: "\(device): its partitions come in one set only, none is called NAME_a and NAME_b",
      remedy: "`flashctl partitions` lists them", exitStatus: .protocolError, device: device)
  }
}
