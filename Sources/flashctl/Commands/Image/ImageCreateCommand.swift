import ArgumentParser
import FlashImages

/// `flashctl image create`
struct ImageCreateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a firmware file from images, or again from an unpacked one.",
    discussion: """
      An image is TYPE=FILE, followed by any of ,version=TEXT ,device=CODE[:REVISION,…] ,layout=FILE and, for data in \
      several parts, ,name=TEXT for the part before and ,part=FILE for the next one. A file alone gets its type, \
      device and version from its name (kernel-RX-51:2101_1.0), else its type from its content.

        flashctl image create -o my.fiasco kernel=zImage,version=2.6.28,device=RX-51
        flashctl image create -o my.fiasco mmc=a.img,name=mydocs,part=b.img
        flashctl image create -o same.fiasco unpacked/fiasco.json
      """)

  @Argument(help: ArgumentHelp("Images, or one fiasco.json.", valueName: "type=file"), completion: .file())
  var images: [String]

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file())
  var target: String

  @Option(help: "The software release that the file names.")
  var release: String?

  @Option(
    help: ArgumentHelp(
      "The device of images that name none: RX-51, or RX-51:2101,2102; may be repeated.", valueName: "code"))
  var device: [String] = []

  @Flag(help: "Write no part block for images without parts, as files for the N800 and N810 have it.")
  var oldFormat = false

  @Flag(help: "With fiasco.json: compute sizes, hashes and checksums anew, after files or the JSON were edited.")
  var recompute = false

  @Flag(help: "Replace the output if it exists, and go on where a file's content contradicts its type.")
  var force = false

  @OptionGroup var output: OutputOptions

  /// The fiasco.json, when that is all there is.
  private var manifest: String? {
    guard images.count == 1, let only = images.first, only.hasSuffix(".json") else { return nil }
    return only
  }

  mutating func validate() throws {
    if manifest == nil, recompute { throw ValidationError("--recompute goes with a fiasco.json.") }
    if manifest != nil, release != nil || !device.isEmpty || oldFormat {
      throw ValidationError("fiasco.json says all this itself: edit it, and use --recompute.")
    }
  }

  func execute(_ console: Console) async throws {
    if let manifest {
      try rebuild(manifest, console)
    } else {
      try create(console)
    }
    let file = try FIASCOFile(path: target, mode: .lenient)
    let count = file.images.count
    console.result("wrote \(target): \(count == 1 ? "1 image" : "\(count) images"), \(Units.bytes(file.length))")
    console.event(
      "result",
      [
        "status": "done", "file": .string(target), "bytes": .unsigned(file.length), "images": .integer(Int64(count)),
      ])
  }

  private func create(_ console: Console) throws {
    let defaults = try device.map(ImageArgument.device)
    let arguments = try images.map { try ImageArgument(parsing: $0) }
    let new = try arguments.map { try $0.image(defaultDevices: defaults, isForced: force) }
    for image in new where !FIASCOImageType.known.contains(image.fileData.name) {
      console.warning("\(image.fileData.name): no image type that flashctl knows; devices may refuse it")
    }
    let total = try arguments.reduce(0) { try $0 + $1.byteCount() }
    let progress = FileProgress("create", total: total, console: console)
    let writer = try FIASCOWriter(release: release, isOldFormat: oldFormat)
    try writer.write(new, to: target, replacing: force, inputs: arguments.flatMap(\.paths)) { progress.advance(to: $0) }
    progress.end()
  }

  private func rebuild(_ manifest: String, _ console: Console) throws {
    let rebuilder = try FIASCORebuilder(path: manifest)
    let total = rebuilder.manifest.images.flatMap(\.files).reduce(0) { $0 &+ $1.byteCount }
    let progress = FileProgress("create", total: total, console: console)
    if recompute {
      try rebuilder.write(to: target, replacing: force) { progress.advance(to: $0) }
    } else {
      try rebuilder.rebuild(to: target, replacing: force) { progress.advance(to: $0) }
    }
    progress.end()
  }
}
