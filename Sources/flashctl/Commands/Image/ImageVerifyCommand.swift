import ArgumentParser
import FlashImages

/// `flashctl image verify`
struct ImageVerifyCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check an image or firmware file: structure, checksums, hashes.",
    discussion: """
      Strict: whatever the format's document calls an error ends the command with status 65. Compressed files are unpacked \
      and sparse images looked through to their end; both copies of a partition table have to be right.
      """)

  @Argument(help: "An image or firmware file.", completion: .file())
  var file: String

  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    if let report = try MediaTekReport(path: file, console: console) {
      try report.verify()
      return
    }
    if let loader = try LoaderReport(path: file, console: console) {
      try loader.verify()
      return
    }
    if let check = try ImageFileCheck(path: file, options: reading.options, console: console) {
      try check.run()
      return
    }
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
