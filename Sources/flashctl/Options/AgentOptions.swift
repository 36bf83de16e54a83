import ArgumentParser
import FlashCore
import FlashImages
import MediaTek

/// What `--checksum-level` takes.
enum ChecksumLevelArgument: String, ExpressibleByArgument, CaseIterable {
  case none
  case usb
  case storage
  case both

  var level: XFlashChecksumLevel {
    switch self {
    case .none: []
    case .usb: .transfer
    case .storage: .storage
    case .both: [.transfer, .storage]
    }
  }
}

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

  @Option(
    help: ArgumentHelp(
      "What an XFlash agent checks of what it is sent: none, usb (each chunk's checksum), storage (what it has written) or both.",
      valueName: "level"))
  var checksumLevel: ChecksumLevelArgument?

  @OptionGroup var authentication: AuthenticationOptions

  /// Checked as far as they can be without a device. Without `--preloader` the memory settings are those of the package that
  /// is flashed, or of the backup.
  func options(beside files: PlanRequest? = nil) throws -> MediaTekOptions {
    var options = try authentication.options()
    options.preloader = preloader ?? files.flatMap(MediaTekFamily().memorySettings(in:))
    options.keepsUSBSpeed = keepUsbSpeed
    options.triesUSBSpeed = tryUsbSpeed
    options.checksumLevel = checksumLevel?.level
    if let preloader { _ = try RegularFile(path: preloader) }
    return options
  }
}
