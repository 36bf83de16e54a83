import ArgumentParser
import FlashImages

/// `flashctl gpt show`
struct GPTShowCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "List the partitions of a disk image, or of a file with a table.",
    discussion: "Odd tables are shown as far as they can be read, and what is odd is said.")

  @OptionGroup var options: GPTFileOptions

  @Flag(help: "Show a table whose checksums are wrong too.")
  var lenient = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let report = GPTReport(path: options.file, console: console)
    let bytes = try RegularFile(path: options.file)
    let length = try bytes.length()
    if options.sectorSize == nil, let table = try? GPTFile(reading: bytes), table.isAlone(in: length) {
      report.show(table)
    } else {
      report.show(try options.read(acceptsDamaged: lenient))
    }
    console.event("result", ["status": "done", "file": .string(options.file)])
  }
}

/// `flashctl gpt check`
struct GPTCheckCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check both copies of a partition table, and its partitions.",
    discussion: """
      Ends with status 65 when a copy is damaged, the copies differ, the backup is not where it belongs, or partitions \
      overlap or lie outside.
      """)

  @OptionGroup var options: GPTFileOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let disk = try options.read()
    try GPTReport(path: options.file, console: console).requireSound(disk)
    console.result("\(options.file): good, \(disk.table.partitions.count) partitions, both copies valid and alike")
    console.event(
      "result",
      [
        "status": "done", "file": .string(options.file),
        "partitions": .integer(Int64(disk.table.partitions.count)),
      ])
  }
}
