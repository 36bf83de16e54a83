import ArgumentParser
import MediaTek

/// What a locked MediaTek device demands, all of it the user's own.
struct AuthenticationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Authentication file for a chip that demands one (DAA).", valueName: "file"),
    completion: .file())
  var auth: String?

  @Option(
    help: ArgumentHelp("Root certificate for a chip that demands one.", valueName: "file"), completion: .file())
  var cert: String?

  @Option(
    help: ArgumentHelp(
      "A command that signs for a chip that demands it (SLA): gets the challenge on standard input, writes the response to standard output.",
      valueName: "command"))
  var slaSigner: String?

  /// Checked as far as they can be without a device.
  func options() throws -> MediaTekOptions {
    var options = MediaTekOptions()
    options.authentication = auth
    options.certificate = cert
    options.signer = slaSigner.map { ExternalSigner(command: $0) }
    for file in [auth, cert].compactMap({ $0 }) { _ = try BootROMFile.content(of: file) }
    return options
  }
}
