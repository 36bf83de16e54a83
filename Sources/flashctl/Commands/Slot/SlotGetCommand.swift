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
    let dissenting = slots.current == nil ? [] : slots.dissenting.map(\.name)
    if let slot = slots.current, !dissenting.isEmpty {
      console.result(
        "but not for \(dissenting.joined(separator: ", ")): the slots were changed in part; `flashctl slot set "
          + "\(slot.rawValue)` finishes that")
    }
    console.event(
      "result",
      [
        "status": "done", "slot": .optional(slots.current?.rawValue),
        "dissenting": .array(dissenting.map { .string($0) }), "pairs": .array(slots.pairs.map { .string($0.name) }),
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
