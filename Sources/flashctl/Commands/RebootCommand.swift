import ArgumentParser
import FlashCore

/// `flashctl reboot`
struct RebootCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "reboot",
    abstract: "Restart a device, also into another mode.",
    discussion: "Returns when the device has acknowledged. With --wait it waits until the device is back.")

  @Option(
    help: ArgumentHelp("Where to: system, update, edl, fastboot, meta or off.", valueName: "mode"),
    transform: Self.mode)
  var to: RebootMode = .system

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  @Sendable private static func mode(_ text: String) throws -> RebootMode {
    guard let mode = RebootMode(rawValue: text) else {
      throw ValidationError(
        "'\(text)' is no reboot mode; the modes are " + RebootMode.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return mode
  }

  /// A device needs this long at most for a shutdown and a kernel boot (docs/protocols/mkii.md 8).
  static let returnLimit = Duration.seconds(60)

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader)
    let (device, provider) = try await session.run(step: "reboot") { context in
      guard context.target.rebootModes.contains(to) else {
        throw context.target.unsupported(.reboot, detail: to.rawValue)
      }
      try await context.target.reboot(to: to)
      return (context.device, context.provider)
    }
    console.info("\(device) acknowledged the reboot")
    var back: USBDeviceInfo?
    if options.wait, provider.canReenumerate { back = try await comeback(provider, session) }
    if let back {
      let mode = Families.recognise(back).map { "\($0.mode) mode" } ?? "in a mode that flashctl does not know"
      // At a USB/IP server it has the same bus id; on this machine's buses the port path may be the socket's other one.
      let place = session.request.selector?.scheme == "usbip" ? device : back.selector
      console.result("\(place) is back as \(back.identifier), \(mode)")
    }
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "to": .string(to.rawValue),
        "returned": back.map { .string($0.identifier) } ?? .null,
        "mode": .optional(back.flatMap(Families.recognise)?.mode),
      ])
  }

  private func comeback(_ provider: any LinkProvider, _ session: DeviceSession) async throws -> USBDeviceInfo {
    session.watch.waits(for: .comeback(of: provider.name))
    let limit = options.waitLimit.map { Duration.seconds($0) } ?? Self.returnLimit
    do {
      return try await session.watch.watching {
        try await provider.awaitReturn(within: limit) { _ in true }
      }
    } catch {
      throw Diagnostic(describing: error, device: provider.name, step: "wait for the device's return")
    }
  }
}
