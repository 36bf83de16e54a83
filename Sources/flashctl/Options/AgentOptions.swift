import ArgumentParser
import FlashImages
import MediaTek

/// What MediaTek devices need beside an agent file, where an agent is started.
struct AgentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The device's own preloader, or a file with its memory settings: what an agent needs that starts from a boot ROM.",
      valueName: "file"),
    completion: .file())
  var preloader: String?

  @Flag(help: "Leave a device at USB full speed whose agent could change to high speed.")
  var keepUsbSpeed = false

  @Flag(
    help: "Have an XML agent change to USB high speed, by a command that is known by its name only.")
  var tryUsbSpeed = false

  @OptionGroup var authentication: AuthenticationOptions

  /// Checked as far as they can be without a device.
  func options() throws -> MediaTekOptions {
    var options = try authentication.options()
    options.preloader = preloader
    options.keepsUSBSpeed = keepUsbSpeed
    options.triesUSBSpeed = tryUsbSpeed
    if let preloader { _ = try RegularFile(path: preloader) }
    return options
  }
}
