import ArgumentParser
import FlashImages

/// `flashctl image repair`
struct ImageRepairCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Write a firmware file anew, in canonical form.",
    discussion: """
      Block counts and header checksums are put right, blocks are put in order, data are filled up, and what follows \
      the last image is left out. The images' bytes stay as they are.
      """)

  @Argument(help: "The firmware file to read.", completion: .file())
  var file: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write; another one than the input.", valueName: "file"), completion: .file())
  var target: String

  @Flag(help: "Take images with a wrong hash as they are, and write the hash that fits.")
  var fixHashes = false

  @Flag(help: "Leave out images that are cut off, and everything behind a header that makes no sense.")
  var dropDamaged = false

  @Flag(help: "Write no part block for images without parts, as files for the N800 and N810 have it.")
  var oldFormat = false

  @Flag(help: "Replace the output if it exists.")
  var force = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let container = try FIASCOFile(path: file, mode: .unverified)
    let report = FIASCOReport(container, on: console, endsWithDamage: false)
    for finding in container.findings { report.show(finding) }
    let repair = FIASCORepair(fixesHashes: fixHashes, dropsUnreadable: dropDamaged, isOldFormat: oldFormat)
    let progress = FileProgress("repair", total: container.length, console: console)
    let kept = try repair.write(container, to: target, replacing: force) { progress.advance(to: $0) }
    progress.end()
    let dropped = container.images.count - kept.count
    let bytes = try RegularFile(path: target).length()
    console.result(
      "wrote \(target): \(kept.count == 1 ? "1 image" : "\(kept.count) images"), \(Units.bytes(bytes))"
        + (dropped == 0 ? "" : "; \(dropped) left out"))
    console.event(
      "result",
      [
        "status": "done", "file": .string(target), "bytes": .unsigned(bytes), "images": .integer(Int64(kept.count)),
        "dropped": .integer(Int64(dropped)),
      ])
  }
}
