import ArgumentParser
import FlashCore
import MediaTek

/// `flashctl mtk agent boot-mode`
struct AgentBootModeCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-mode", abstract: "Have an XML agent remember what the next restart leads to.",
    discussion: "`flashctl reboot --to meta` and `--to fastboot` do that and restart the device.")

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case meta, fastboot
    case androidTest = "android-test"

    var mode: XMLAgentCommand.BootMode {
      switch self {
      case .meta: .meta
      case .fastboot: .fastboot
      case .androidTest: .androidTest
      }
    }
  }

  @Argument(help: "meta, fastboot or android-test.") var mode: Mode
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await run("boot-mode", on: console) { [mode] target, device in
      try await target.setBootMode(mode.mode)
      return device
    }
    console.result("\(device) goes to \(mode.rawValue) when it restarts")
    console.event("result", ["status": "done", "device": .string(device), "mode": .string(mode.rawValue)])
  }
}

/// `flashctl mtk agent leave`
struct AgentLeaveCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "leave", abstract: "End the agent: let go of the device, or take its power away for a moment.",
    discussion: "`flashctl reboot` restarts the device in order.")

  enum Action: String, ExpressibleByArgument, CaseIterable {
    case disconnect
    case coldReset = "cold-reset"

    var action: XMLAgentCommand.RebootAction { self == .disconnect ? .disconnect : .coldReset }
  }

  @Argument(help: "disconnect or cold-reset (XML agents).") var action: Action = .disconnect
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await run("leave", on: console) { [action] target, device in
      try await target.leave(action.action)
      return device
    }
    console.result("\(device) acknowledged")
    console.event("result", ["status": "done", "device": .string(device), "action": .string(action.rawValue)])
  }
}
