import ArgumentParser
import FlashCore
import MediaTek

/// `flashctl mtk brom info`
struct BootROMInfoCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Ask a boot ROM or preloader everything that it tells.",
    discussion: "The same as `flashctl info`; also keeps the watchdog from restarting the device.")

  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let (device, identity) = try await run("identify", on: console) { target, device in
      (device, try await target.identify())
    }
    console.emit("device", IdentityText.members(identity, device: device))
    for line in IdentityText.lines(identity, device: device) { console.result(line) }
    console.event("result", ["status": "done"])
  }
}

/// `flashctl mtk brom log`
struct BootROMLogCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show a boot ROM's log, or have it log on the chip's UART.")

  @Flag(help: "Switch the log on the chip's UART on, in place of showing it.") var uart = false
  @Option(help: ArgumentHelp("Set the UART's rate first, in bit/s.", valueName: "rate")) var baud: UInt32?
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard baud == nil || uart else { throw ValidationError("--baud goes with --uart.") }
  }

  func execute(_ console: Console) async throws {
    let log = try await run("log", on: console) { [uart, baud] target, _ -> [UInt8] in
      guard uart else { return try await target.log() }
      if let baud { _ = try await target.perform(.setLogBaudRate(baud)) }
      _ = try await target.perform(.enableLog())
      return []
    }
    if uart {
      console.info("the log on the chip's UART is on")
      return console.event("result", ["status": "done"])
    }
    let text = String(decoding: log, as: UTF8.self)
    for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
      console.result(SafeText.line(String(line)))
    }
    console.event("result", ["status": "done", "log": .string(text)])
  }
}

/// `flashctl mtk brom authenticate`
struct BootROMAuthenticateCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "authenticate", abstract: "Give a locked boot ROM the files that it demands, and do nothing else.")

  @OptionGroup var authentication: AuthenticationOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await run("authenticate", on: console, authentication.options()) { target, device in
      try await target.authenticate()
      return device
    }
    console.result("\(device) is content")
    console.event("result", ["status": "done", "device": .string(device)])
  }
}
