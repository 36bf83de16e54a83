import ArgumentParser
import FlashCore
import MediaTek

/// `flashctl mtk agent …`
struct AgentCommandGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Speak to a Download Agent, which is started unless one runs.",
    discussion: """
      What storage holds is read, written and erased with the everyday commands; these are the agents' own. Agents know \
      different ones of them.
      """,
    subcommands: [
      AgentPeekCommand.self, AgentPokeCommand.self, AgentFusesCommand.self, AgentPropertyCommand.self,
      AgentImagesCommand.self, AgentReadCommand.self, AgentWriteCommand.self, AgentEraseCommand.self,
      AgentUpdateCommand.self, AgentMemoryTestCommand.self, AgentMemoryRepairCommand.self, AgentUFSFirmwareCommand.self,
      AgentLogCommand.self, AgentBootModeCommand.self, AgentLeaveCommand.self,
    ])
}

/// The agent file, and what a device needs beside it.
struct AgentLoaderOptions: ParsableArguments {
  @OptionGroup var files: LoaderFiles
  @OptionGroup var agent: AgentOptions
}

/// A command that speaks to an agent.
protocol AgentCommand: DeviceCommand {
  var loader: AgentLoaderOptions { get }
}

extension AgentCommand {
  /// Runs `body` once the agent is there.
  func run<Result: Sendable>(
    _ step: String, on console: Console, _ body: @Sendable (MediaTekTarget, String) async throws -> Result
  ) async throws -> Result {
    try await DeviceSession(options, console, loader).runMediaTek(step: step, body)
  }
}

extension DeviceSession {
  /// A session that may start an agent.
  init(_ options: DeviceOptions, _ console: Console, _ loader: AgentLoaderOptions) throws {
    var request = try options.request()
    request.loaders = loader.files.arguments
    request.familyOptions = [try loader.agent.options()]
    request.preferredFamily = "mediatek"
    self.init(request, console)
  }
}

/// What an agent says while it works, as log lines; the same thing twice is said once.
final class AgentReports: Sendable {
  private let console: Console

  init(_ console: Console) { self.console = console }

  @Sendable func show(_ message: String, _ percent: Int?) {
    console.event(
      "settling",
      ["state": .string(message), "percent": percent.map { .integer(Int64($0)) } ?? .null])
    console.info(SafeText.line(message + (percent.map { ": \($0) %" } ?? "")))
  }
}
