import ArgumentParser
import FlashCore
import MediaTek

/// `flashctl mtk agent property`
struct AgentPropertyCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "property", abstract: "Ask an XML agent for a property, such as DA.SLA.")

  @Argument(help: "The property's name.") var key: String
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let value = try await run("property \(key)", on: console) { [key] target, _ in try await target.property(key) }
    console.result(value.map { SafeText.line($0) } ?? "–")
    console.event("result", ["status": "done", "key": .string(key), "value": .optional(value)])
  }
}

/// `flashctl mtk agent images`
struct AgentImagesCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "images", abstract: "List the images that were written since an XML agent started, with its checksums."
  )

  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let images = try await run("images", on: console) { target, _ in try await target.imageFeedback() }
    for image in images {
      console.emit(
        "image",
        [
          (key: "partition", value: .string(image.partition)), (key: "file", value: .string(image.file)),
          (key: "checksum", value: .string(image.checksum)),
        ])
      console.result(SafeText.line("\(image.partition)  \(image.file)  \(image.checksum)"))
    }
    console.event("result", ["status": "done", "images": .integer(Int64(images.count))])
  }
}

/// `flashctl mtk agent log`
struct AgentLogCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Choose where an XML agent's log goes from now on: usb, uart or both.",
    discussion: "What comes over USB is shown by the commands that follow, with --verbose.")

  enum Channel: String, ExpressibleByArgument, CaseIterable {
    case usb, uart, both

    var channel: XMLAgentCommand.LogChannel {
      switch self {
      case .usb: .usb
      case .uart: .uart
      case .both: .both
      }
    }
  }

  enum Level: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, warn, error

    var level: XMLAgentCommand.LogLevel {
      switch self {
      case .trace: .trace
      case .debug: .debug
      case .info: .info
      case .warn: .warn
      case .error: .error
      }
    }
  }

  @Argument(help: "usb, uart or both.") var channel: Channel
  @Option(help: "How much of it: trace, debug, info, warn or error.") var level: Level = .info
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await run("log", on: console) { [channel, level] target, device in
      try await target.setLog(channel.channel, level: level.level)
      return device
    }
    console.result("\(device) logs to \(channel.rawValue)")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "channel": .string(channel.rawValue),
        "level": .string(level.rawValue),
      ])
  }
}
