import ArgumentParser
import FlashCore

/// `flashctl flash`
struct FlashCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "flash",
    abstract: "Write a package or firmware file, or single images, to a device.",
    discussion: """
      The whole plan is checked before the first byte is sent: files, hashes, what the device supports and where it \
      all goes. At the end the device is rebooted, unless --no-reboot is given; after a failure it never is. A run that \
      was cut off is continued with --resume.

        flashctl flash firmware.fiasco
        flashctl flash rawprogram0.xml patch0.xml --loader prog.mbn
        flashctl flash contents.xml::ufs --delta
        flashctl flash MT6765_Android_scatter.txt --loader DA.bin --verify
        flashctl flash firmware.fiasco --type kernel --type mmc
        flashctl flash kernel=zImage mmc=emmc.img --layout layout.txt
        flashctl flash boot_a=boot.img 0/0x8000000+64M=modem.img --loader prog.mbn --verify
      """)

  @Argument(
    help: ArgumentHelp(
      "Packages or firmware files, or REGION=FILE (TYPE=FILE) for single images; - is standard input.",
      valueName: "file|region=file"),
    completion: .file())
  var inputs: [String]

  @Option(help: "Only images of this type; may be repeated.")
  var type: [String] = []

  @Flag(help: "Leaving out an image that the device does not support is an error.")
  var strict = false

  @Option(help: "The layout text that describes the partitions of a raw mmc image.", completion: .file())
  var layout: String?

  @Flag(help: "Go on where a file's content contradicts its type, or the device is not surely the right one.")
  var force = false

  @Flag(help: "Print the plan and stop before anything is written.")
  var dryRun = false

  @Option(help: "Plan for this model without a device (with --dry-run): RX-51.")
  var model: String?

  @Option(help: ArgumentHelp("The hardware revision that goes with --model: 2101.", valueName: "revision"))
  var hwRevision: String?

  @Flag(help: "Do not reboot the device at the end.")
  var noReboot = false

  @OptionGroup var package: PackageSelectionOptions
  @OptionGroup(title: "Scatter packages") var scatter: ScatterFlashOptions
  @OptionGroup var consent: PackageConsentOptions
  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    if model != nil || hwRevision != nil, !dryRun {
      throw ValidationError("--model and --hw-revision plan without a device; they need --dry-run.")
    }
    if hwRevision != nil, model == nil { throw ValidationError("--hw-revision needs --model.") }
    try running.requireProvable(with: loader)
  }

  func execute(_ console: Console) async throws {
    var request = FlashInputs.request(
      inputs, types: type, isStrict: strict, layoutPath: layout, isForced: force, reboots: !noReboot)
    request.package = package.options
    request.package.sectorCounts = loader.sizes.counts
    consent.apply(to: &request.package)
    request.scatter = scatter.choices
    request.copiesFolder = scatter.copiesFolder
    request.package.allowsProtected = running.consent.allowProtected
    if dryRun, let identity = namedModel() {
      try FlashInputs.check(request)
      try await StandardInput.take(into: &request)
      return try Planning.show(Planning.plan(request, for: identity), on: console)
    }
    do {
      try await FlashRun(
        request: request, isDryRun: dryRun, options: options, loader: loader, running: running, console: console
      ).execute()
    } catch let diagnostic as Diagnostic where dryRun && diagnostic.meansNothingAttached {
      guard try options.selector() == nil else { throw diagnostic }
      try await StandardInput.take(into: &request)
      try Planning.show(Planning.plan(request, for: nil), on: console)
    }
  }

  /// The identity that `--model` stands for.
  private func namedModel() -> DeviceIdentity? {
    guard let model else { return nil }
    return DeviceIdentity(family: "", model: model, hardwareRevision: hwRevision, mode: "unknown")
  }
}
