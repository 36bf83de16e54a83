import ArgumentParser
import FlashCore
import MkII

/// `flashctl mkii …`: what only Mk II devices have.
struct MkIICommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkii", abstract: "Raw requests of the Nokia Mk II protocol.",
    subcommands: [MkIIPingCommand.self, MkIIGetCommand.self, MkIITellCommand.self])
}

extension DeviceSession {
  /// A session that needs a Mk II target.
  func runMkII<Result: Sendable>(
    step: String, _ body: @Sendable (MkIITarget) async throws -> Result
  ) async throws -> Result {
    try await run(step: step) { context in
      guard let target = context.target as? MkIITarget else {
        throw Diagnostic(
          code: "device.other-family", message: "\(context.device) speaks \(context.target.protocolName), not Mk II",
          remedy: "choose a Nokia device in update or PC Suite mode with --device", exitStatus: .protocolError)
      }
      return try await body(target)
    }
  }
}

/// `flashctl mkii ping`
struct MkIIPingCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "ping", abstract: "Send a PING and show how long the reply took.")

  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    let elapsed = try await DeviceSession(options, console).runMkII(step: "PING") { try await $0.ping() }
    console.result("reply after \(Units.decimal(elapsed.seconds * 1000, places: 2)) ms")
    console.event("result", ["status": "done", "microseconds": .integer(Int64(elapsed.seconds * 1_000_000))])
  }
}

/// `flashctl mkii get`
struct MkIIGetCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Read an item, such as /device/product_code.")

  @Argument(help: "The item's name.") var item: String
  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    let value = try await DeviceSession(options, console).runMkII(step: "GET \(item)") { try await $0.get(item) }
    console.result(value)
    console.event("result", ["status": "done", "item": .string(item), "value": .string(value)])
  }
}

/// `flashctl mkii tell`
struct MkIITellCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "tell", abstract: "Set an item, such as /update/host_protocol_version.",
    discussion: "Only items named in docs/mkii.md are known to be harmless.")

  @Argument(help: "The item's name.") var item: String
  @Argument(help: "The value to send.") var value: String
  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    try await DeviceSession(options, console).runMkII(step: "TELL \(item)") { try await $0.tell(item, value) }
    console.info("the device accepted \(item) = \(value)")
    console.event("result", ["status": "done", "item": .string(item), "value": .string(value)])
  }
}
