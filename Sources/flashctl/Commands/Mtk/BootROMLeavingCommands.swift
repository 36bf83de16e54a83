import ArgumentParser
import FlashCore
import MediaTek

/// `flashctl mtk brom mode`
struct BootROMModeCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "mode", abstract: "Send a preloader that has just been turned on into one of its modes.",
    discussion: "Start it with --wait, then plug the device in: preloaders listen for a few seconds only.")

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case fastboot, meta, factory, normal
    case advancedMeta = "advanced-meta"
    case automaticTest = "auto-test"
    case modemSwitch = "modem-switch"

    var token: BootROMToken {
      switch self {
      case .fastboot: .fastboot
      case .meta: .meta
      case .factory: .factory
      case .normal: .normal
      case .advancedMeta: .advancedMeta
      case .automaticTest: .automaticTest
      case .modemSwitch: .modemSwitch
      }
    }
  }

  @Argument(help: "fastboot, meta, advanced-meta, factory, auto-test, modem-switch or normal.") var mode: Mode
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    var mediaTek = MediaTekOptions()
    mediaTek.beginning = .mode(mode.token)
    let device = try await run("enter \(mode.rawValue)", on: console, mediaTek) { _, device in device }
    console.result("\(device) goes to \(mode.rawValue)")
    console.event("result", ["status": "done", "device": .string(device), "mode": .string(mode.rawValue)])
  }
}

/// A command of one byte, after which the device is gone.
protocol BootROMLeavingCommand: BootROMCommand {
  static var step: String { get }
  static var outcome: String { get }
  static func leave(_ target: MediaTekTarget) async throws
}

extension BootROMLeavingCommand {
  func execute(_ console: Console) async throws {
    let device = try await run(Self.step, on: console) { target, device in
      try await Self.leave(target)
      return device
    }
    console.result("\(device) \(Self.outcome)")
    console.event("result", ["status": "done", "device": .string(device)])
  }
}

/// `flashctl mtk brom continue`
struct BootROMContinueCommand: BootROMLeavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "continue", abstract: "Let a device go on with its own boot loader (JUMP_BL).")
  static let step = "continue"
  static let outcome = "goes on with its own boot loader"

  @OptionGroup var options: DeviceOptions
  static func leave(_ target: MediaTekTarget) async throws { _ = try await target.perform(.jumpBootLoader()) }
}

/// `flashctl mtk brom hold`
struct BootROMHoldCommand: BootROMLeavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Have a preloader idle until it is unplugged (STAY_STILL).")
  static let step = "hold"
  static let outcome = "idles until it is unplugged"

  @OptionGroup var options: DeviceOptions
  static func leave(_ target: MediaTekTarget) async throws { _ = try await target.perform(.stayStill()) }
}

/// `flashctl mtk brom reset`
struct BootROMResetCommand: BootROMLeavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset", abstract: "Restart a device by its watchdog; the same as `flashctl reboot`.")
  static let step = "reset"
  static let outcome = "restarts"

  @OptionGroup var options: DeviceOptions
  static func leave(_ target: MediaTekTarget) async throws { try await target.reboot(to: .system) }
}
