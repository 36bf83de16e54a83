import ArgumentParser
import FlashImages

/// `flashctl image verify`
struct ImageVerifyCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a firmware file: structure, checksums and the hash of every image.",
    discussion: "Strict: whatever the format's document calls an error ends the command with status 65.")

  @Argument(help: "A firmware file.", completion: .file())
  var file: String

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    // Read leniently, so that everything that is wrong is said, and judged strictly.
    let container = try FIASCOFile(path: file, mode: .lenient)
    let report = FIASCOReport(container, on: console, judging: .strict)
    report.showFile(forPeople: false)
    for index in container.images.indices {
      let hash = try report.verifyHash(of: index)
      report.showImage(index, hash: hash, forPeople: false)
    }
    try report.finish()
    let count = container.images.count
    console.result("\(file): good, \(count == 1 ? "1 image" : "\(count) images"), \(Units.bytes(container.length))")
    console.event("result", ["status": "done", "file": .string(file), "images": .integer(Int64(count))])
  }
}
