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
  static func leave(_ target: MediaTekTarget) async throws {
    guard target.actor?.isBootROM != true else {
      throw BootROMError.wrongActor(.preloader(version: 0), during: BootROMOpcode.stayStill.name)
    }
    _ = try await target.perform(.stayStill())
  }
}

/// `flashctl mtk brom reset`
struct BootROMResetCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset", abstract: "Restart a device by its watchdog, also into its boot ROM.",
    discussion: """
      The same as `flashctl reboot`. With --to-download the boot ROM waits for a host after the restart. Which register tells \
      it to is in the chip's data sheet: BOOT_MISC0, its lock, and what keeps it through a restart.
      """)

  @Flag(help: "Stay in the boot ROM after the restart; needs --boot-misc0.") var toDownload = false
  @Option(help: ArgumentHelp("The address of BOOT_MISC0.", valueName: "address")) var bootMisc0: AddressArgument?
  @Option(help: ArgumentHelp("The address of its lock, which gets AD98.", valueName: "address")) var lock:
    AddressArgument?

  @Option(
    help: ArgumentHelp("A register that keeps it through the restart, and its value.", valueName: "address=value"))
  var persist: RegisterArgument?

  @Option(help: ArgumentHelp("How long the boot ROM waits (default: until a host comes).", valueName: "seconds"))
  var seconds: UInt32?

  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard toDownload == (bootMisc0 != nil), toDownload || lock == nil && persist == nil && seconds == nil else {
      throw ValidationError("--to-download goes with --boot-misc0, and the other options go with both.")
    }
    guard ([bootMisc0, lock].compactMap { $0?.value }).allSatisfy({ $0 < 1 << 32 }) else {
      throw ValidationError("addresses have 32 bits.")
    }
    if let seconds, !DownloadRequest.seconds.contains(seconds) {
      throw ValidationError("--seconds takes 1 to \(DownloadRequest.seconds.upperBound).")
    }
  }

  private var request: DownloadRequest? {
    bootMisc0.map { register in
      DownloadRequest(
        register: UInt32(truncatingIfNeeded: register.value),
        lock: lock.map { UInt32(truncatingIfNeeded: $0.value) }, persistence: persist?.write, limit: seconds)
    }
  }

  func execute(_ console: Console) async throws {
    let request = request
    let device = try await run("reset", on: console) { target, device in
      if let request { try await target.restart(to: request) } else { try await target.reboot(to: .system) }
      return device
    }
    console.result("\(device) restarts" + (toDownload ? ", and was told to stay in its boot ROM" : ""))
    console.event("result", ["status": "done", "device": .string(device), "toDownload": .bool(toDownload)])
  }
}

/// `0x1000=0x1`
struct RegisterArgument: ExpressibleByArgument, Equatable {
  let write: DownloadRequest.Write

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let address = AddressArgument(argument: parts[0]),
      let value = AddressArgument(argument: parts[1]), let place = UInt32(exactly: address.value),
      let number = UInt32(exactly: value.value)
    else { return nil }
    write = DownloadRequest.Write(address: place, value: number)
  }
}
