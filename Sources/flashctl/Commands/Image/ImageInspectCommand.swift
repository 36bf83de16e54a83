import ArgumentParser
import FlashImages

/// `flashctl image inspect`
struct ImageInspectCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what is in an image, firmware file or loader.",
    discussion: """
      The file is recognised by its content: a FIASCO container, an Android sparse image, a raw image, partition tables, \
      each of them compressed with gzip, xz, zstd or lz4 perhaps; a loader of a Qualcomm device; an agent file, preloader, \
      memory settings or certificate of a MediaTek device. Odd files are shown as far as they can be read, and what is odd is said. When something is damaged the command \
      ends with status 65 after all that.
      """)

  @Argument(help: "An image or firmware file.", completion: .file())
  var file: String

  @Flag(help: "Do not check header checksums and data hashes; images with a wrong one are shown all the same.")
  var noVerify = false

  @Flag(name: .customLong("sha256"), help: "Show the SHA-256 of each image's data.")
  var showsSHA256 = false

  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    if try showLoader(console) { return }
    guard try ImageFileReport.isContainer(file) else {
      try ImageFileReport(path: file, options: reading.options, console: console).inspect(showsSHA256: showsSHA256)
      console.event("result", ["status": "done", "file": .string(file)])
      return
    }
    let container = try FIASCOFile(path: file, mode: noVerify ? .unverified : .lenient)
    let report = FIASCOReport(container, on: console)
    report.showFile()
    for index in container.images.indices {
      let hash = noVerify ? nil : try report.verifyHash(of: index)
      let image = container.images[index]
      let digest = showsSHA256 && !image.isTruncated ? try ImageDigest.sha256(of: image.dataRange, in: file) : nil
      report.showImage(index, hash: hash, sha256: digest)
    }
    try report.finish()
    console.event(
      "result", ["status": "done", "file": .string(file), "images": .integer(Int64(container.images.count))])
  }

  /// Shows what boot ROMs are given, or a dump of a device's memory; `false` for every other file.
  private func showLoader(_ console: Console) throws -> Bool {
    if let report = try MediaTekReport(path: file, console: console) {
      try report.inspect()
    } else if let dump = try KernelDumpReport(path: file, console: console) {
      try dump.inspect()
    } else if let loader = try LoaderReport(path: file, console: console) {
      try loader.inspect()
    } else {
      return false
    }
    console.event("result", ["status": "done", "file": .string(file), "images": 1])
    return true
  }
}
