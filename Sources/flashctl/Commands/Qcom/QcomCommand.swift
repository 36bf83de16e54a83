import ArgumentParser
import FlashCore
import Qualcomm

/// `flashctl qcom …`: what only Qualcomm devices have.
struct QcomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qcom", abstract: "Qualcomm's own protocols: Sahara and Firehose.",
    subcommands: [SaharaCommandGroup.self, FirehoseCommandGroup.self, VIPCommandGroup.self])
}

/// `flashctl qcom sahara …`
struct SaharaCommandGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sahara",
    abstract: "Speak to a boot ROM in emergency download mode, or to the crash dump handler.",
    subcommands: [
      SaharaInfoCommand.self, SaharaLoadCommand.self, SaharaRAMDumpCommand.self, SaharaRecoverCommand.self,
      SaharaSwitchCommand.self, SaharaUnpackCommand.self,
    ])
}

extension DeviceSession {
  /// A session that needs a Qualcomm target. `policy` changes what the family does by default.
  func runQualcomm<Result: Sendable>(
    step: String, _ body: @Sendable (QualcommTarget, String) async throws -> Result
  ) async throws -> Result {
    try await run(step: step) { context in
      guard let target = context.target as? QualcommTarget else {
        throw Diagnostic(
          code: "device.other-family",
          message: "\(context.device) speaks \(context.target.protocolName), which is no protocol of Qualcomm's",
          remedy: "choose a Qualcomm device in EDL or crash dump mode with --device", exitStatus: .protocolError)
      }
      return try await body(target, context.device)
    }
  }
}

/// `flashctl qcom sahara recover`
struct SaharaRecoverCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Bring a device back that answers everything with an error.",
    discussion: "Sends RESET_STATE_MACHINE, which restarts no program and changes nothing in storage.")

  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let (device, hello) = try await DeviceSession(options, console).runQualcomm(step: "recover") { target, device in
      (device, try await target.recover())
    }
    console.result("\(device) begins anew: Sahara version \(hello.version), \(hello.mode.name) mode")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "version": .integer(Int64(hello.version)),
        "mode": .string(hello.mode.name),
      ])
  }
}

/// `flashctl qcom sahara switch`
struct SaharaSwitchCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "switch", abstract: "Make a device leave Sahara for an older download protocol.")

  enum Destination: String, ExpressibleByArgument, CaseIterable {
    case dmss
    case streaming

    var command: SaharaClientCommand {
      self == .dmss ? .switchToDownload : .switchToStreamingDownload
    }
  }

  @Argument(help: "Where to: dmss or streaming.") var to: Destination
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await DeviceSession(options, console).runQualcomm(step: "switch to \(to.rawValue)") {
      target, device in
      try await target.leave(by: to.command)
      return device
    }
    console.result("\(device) has left Sahara for \(to == .dmss ? "DMSS download" : "streaming download")")
    console.event("result", ["status": "done", "device": .string(device), "to": .string(to.rawValue)])
  }
}
