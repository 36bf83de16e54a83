import ArgumentParser
import FlashCore
import FlashImages
import MediaTek

/// `flashctl mtk …`: what only MediaTek devices have.
struct MtkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mtk", abstract: "MediaTek's own protocols: boot ROM and preloader, and agents.",
    subcommands: [BootROMCommandGroup.self, AgentCommandGroup.self])
}

/// `flashctl mtk brom …`
struct BootROMCommandGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brom", abstract: "Speak to a boot ROM, or to a preloader in its short window.",
    discussion: """
      A preloader is there for a few seconds after power-on only: start the command with --wait, then plug the device in. \
      A boot ROM stays; it is reached with a key held down, or on a device without a preloader.
      """,
    subcommands: [
      BootROMInfoCommand.self, BootROMPeekCommand.self, BootROMPokeCommand.self, BootROMPMICCommand.self,
      BootROMLogCommand.self, BootROMAuthenticateCommand.self, BootROMStartCommand.self, BootROMRunCommand.self,
      BootROMBootCommand.self, BootROMModeCommand.self, BootROMContinueCommand.self, BootROMHoldCommand.self,
      BootROMResetCommand.self,
    ])
}

extension DeviceSession {
  /// A session that needs a MediaTek target, over a serial port too.
  init(_ options: DeviceOptions, _ console: Console, mediaTek: MediaTekOptions) throws {
    var request = try options.request()
    request.familyOptions = [mediaTek]
    request.preferredFamily = "mediatek"
    self.init(request, console)
  }

  func runMediaTek<Result: Sendable>(
    step: String, _ body: @Sendable (MediaTekTarget, String) async throws -> Result
  ) async throws -> Result {
    try await run(step: step) { context in
      guard let target = context.target as? MediaTekTarget else {
        throw Diagnostic(
          code: "device.other-family",
          message: "\(context.device) speaks \(context.target.protocolName), which is no protocol of MediaTek's",
          remedy: "choose a MediaTek device in its boot ROM or preloader with --device", exitStatus: .protocolError)
      }
      return try await body(target, context.device)
    }
  }
}

/// A command that speaks to a boot ROM or preloader.
protocol BootROMCommand: DeviceCommand {}

extension BootROMCommand {
  func run<Result: Sendable>(
    _ step: String, on console: Console, _ options: MediaTekOptions = MediaTekOptions(),
    _ body: @Sendable (MediaTekTarget, String) async throws -> Result
  ) async throws -> Result {
    try await DeviceSession(self.options, console, mediaTek: options).runMediaTek(step: step, body)
  }
}

/// A file that goes to a boot ROM as it is.
enum BootROMFile {
  /// All of its bytes; the limit is beyond any that a boot ROM takes.
  static func content(of path: String, limit: UInt64 = 256 << 20) throws(ImageError) -> [UInt8] {
    let file = try RegularFile(path: path)
    let length = try file.length()
    guard length <= limit else { throw .tooLarge(path: path, byteCount: length) }
    guard length > 0 else { throw .malformed(path: path, offset: 0, reason: "the file is empty") }
    return try file.bytes(at: 0, count: Int(length))
  }
}
