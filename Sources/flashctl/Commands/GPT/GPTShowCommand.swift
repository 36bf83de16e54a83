import ArgumentParser
import FlashImages

/// `flashctl gpt show`
struct GPTShowCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "List the partitions of a disk image, a file with a table, or a device.",
    discussion: """
      Odd tables are shown as far as they can be read, and what is odd is said. Of a device, the tables of all sections \
      are shown, or the one of --section.

        flashctl gpt show gpt_main0.bin
        flashctl gpt show --device usb:1-4.2 --section 0 --loader prog.mbn
      """)

  @OptionGroup var place: GPTPlaceOptions

  @Flag(help: "Show a table of a file whose checksums are wrong too.")
  var lenient = false

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  var file: String? { place.file }
  var section: String? { place.table.section }

  mutating func validate() throws { try requireOnePlace() }

  func execute(_ console: Console) async throws {
    guard let file else {
      for table in try await access(console).tables() {
        GPTReport(path: table.name, console: console).show(table.disk)
      }
      return console.event("result", ["status": "done", "file": nil])
    }
    let report = GPTReport(path: file, console: console)
    let bytes = try RegularFile(path: file)
    let length = try bytes.length()
    if try fileSectorSize() == nil, let table = try? GPTFile(reading: bytes), table.isAlone(in: length) {
      report.show(table)
    } else {
      report.show(try read(file, acceptsDamaged: lenient))
    }
    console.event("result", ["status": "done", "file": .string(file)])
  }
}

/// `flashctl gpt check`
struct GPTCheckCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check both copies of a partition table, and its partitions.",
    discussion: """
      Ends with status 65 when a copy is damaged, the copies differ, the backup is not where it belongs, or partitions \
      overlap or lie outside. Of a device, the tables of all sections are checked, or the one of --section.
      """)

  @OptionGroup var place: GPTPlaceOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  var file: String? { place.file }
  var section: String? { place.table.section }

  mutating func validate() throws { try requireOnePlace() }

  func execute(_ console: Console) async throws {
    let partitions: Int
    if let file {
      partitions = try Self.check(read(file), file, console)
    } else {
      partitions = try await access(console).tables().reduce(0) { count, table in
        count + (try Self.check(table.disk, table.name, console))
      }
    }
    console.event(
      "result",
      ["status": "done", "file": .optional(file), "partitions": .integer(Int64(partitions))])
  }

  /// Returns how many partitions there are.
  private static func check(_ disk: GPTDisk, _ name: String, _ console: Console) throws -> Int {
    try GPTReport(path: name, console: console).requireSound(disk)
    let count = disk.table.partitions.count
    console.result("\(name): good, \(count) partitions, both copies valid and alike")
    return count
  }
}
