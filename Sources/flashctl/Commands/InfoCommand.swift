import ArgumentParser
import FlashCore

/// `flashctl info`
struct InfoCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Ask a device what it is.",
    discussion: """
      Nothing is started on the device unless --loader says so here: with it, a Qualcomm device in EDL starts its \
      programmer, a MediaTek device its agent, and tells of its storage too. FLASHCTL_LOADER alone does not do that.
      """)

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader, startsOnlyIfTold: true)
    let (device, identity) = try await session.run(step: "identify") { context in
      (context.device, try await context.target.identify())
    }
    console.emit("device", IdentityText.members(identity, device: device))
    for line in IdentityText.lines(identity, device: device) { console.result(line) }
    console.event("result", ["status": "done"])
  }
}
