import ArgumentParser
import FlashImages

/// `flashctl image extract`
struct ImageExtractCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Unpack a firmware file: one file an image or part.",
    discussion: """
      Of a firmware file of Nokia's, files are named TYPE-DEVICE:REVISIONS_VERSION. Beside them fiasco.json says everything about the container, so \
      that `flashctl image create -o FILE DIR/fiasco.json` makes it again byte for byte.

      A MediaTek agent file gives a file for each stage, named ENTRY-CODE-STAGE.bin; --type DA1 and --device 6765 choose among \
      them. A preloader, or a dump of a boot section, gives preloader.bin and its memory settings, emi.bin.
      """)

  @Argument(help: "A firmware file.", completion: .file())
  var file: String

  @Option(
    name: [.customShort("d"), .customLong("directory")],
    help: ArgumentHelp("The folder to write to; made if it is missing.", valueName: "dir"), completion: .directory)
  var directory = "."

  @Option(name: .shortAndLong, help: "Only images of this type; may be repeated.")
  var type: [String] = []

  @Option(help: ArgumentHelp("Only images for this device: RX-51; of agents, for this chip: 6765.", valueName: "code"))
  var device: String?

  @Option(help: ArgumentHelp("Only images for this hardware revision (with --device): 2101.", valueName: "revision"))
  var hwRevision: String?

  @Flag(help: "Use no colon or comma in file names.")
  var portableNames = false

  @Flag(help: "Fill files up with FF to a multiple of 128 bytes (mmc: 256), as other tools do.")
  var pad = false

  @Flag(help: "Leave the signatures of MediaTek agents out.")
  var noSignature = false

  @Flag(help: "Replace files that exist.")
  var force = false

  @Flag(help: "Unpack images with a wrong header checksum too, and do not mind wrong hashes.")
  var noVerify = false

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    if hwRevision != nil, device == nil { throw ValidationError("--hw-revision needs --device.") }
  }

  func execute(_ console: Console) async throws {
    if let extraction = try MediaTekExtraction(path: file, keepsSignatures: !noSignature) {
      return try extract(extraction, console)
    }
    let container = try FIASCOFile(path: file, mode: noVerify ? .unverified : .lenient)
    let report = FIASCOReport(container, on: console)
    for finding in container.findings { report.show(finding) }
    let chosen = try chosenImages(of: container)
    let total = (chosen ?? Array(container.images.indices)).reduce(0) { $0 + container.images[$1].availableByteCount }
    let progress = FileProgress("extract", total: total, console: console)
    let extractor = FIASCOExtractor(isPortable: portableNames, pads: pad, replaces: force)
    let written = try extractor.extract(container, images: chosen, to: directory) { progress.advance(to: $0) }
    progress.end()
    for file in written.files {
      console.event(
        "extracted",
        [
          "file": .string(file.name), "image": file.image.map { .integer(Int64($0 + 1)) } ?? .null,
          "bytes": .unsigned(file.byteCount),
        ])
      console.result("\(file.name)  \(file.byteCount) bytes")
    }
    for finding in written.findings { report.show(finding) }
    try report.finish()
    console.event(
      "result",
      [
        "status": "done", "file": .string(file), "directory": .string(directory),
        "files": .integer(Int64(written.files.count)),
        "bytes": .unsigned(written.files.reduce(0) { $0 + $1.byteCount }),
      ])
  }

  private func extract(_ extraction: MediaTekExtraction, _ console: Console) throws {
    let written = try extraction.write(to: directory, types: type, code: device, replacing: force)
    for file in written {
      console.event(
        "extracted", ["file": .string(file.name), "image": .null, "bytes": .unsigned(file.byteCount)])
      console.result("\(file.name)  \(file.byteCount) bytes")
    }
    console.event(
      "result",
      [
        "status": "done", "file": .string(file), "directory": .string(directory),
        "files": .integer(Int64(written.count)), "bytes": .unsigned(written.reduce(0) { $0 + $1.byteCount }),
      ])
  }

  /// The images that the options leave; `nil` when they leave the whole file.
  private func chosenImages(of container: FIASCOFile) throws -> [Int]? {
    guard !type.isEmpty || device != nil else { return nil }
    let chosen = container.images.indices.filter { index in
      let image = container.images[index]
      guard type.isEmpty || type.contains(image.type) else { return false }
      guard let device, !image.devices.isEmpty else { return true }
      return image.devices.contains { $0.matches(device: device, revision: hwRevision) }
    }
    guard chosen.isEmpty else { return chosen }
    throw Diagnostic(
      code: "image.no-match", message: "\(container.path): no image of that type, device and revision",
      remedy: "`flashctl image inspect \(container.path)` lists what there is", exitStatus: .badData, step: "extract")
  }
}
