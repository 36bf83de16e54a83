import ArgumentParser
import FlashImages

/// `flashctl gpt …`: partition tables of disk images and storage files.
struct GPTCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gpt", abstract: "Look at, check, make, save and mend GUID partition tables.",
    subcommands: [
      GPTShowCommand.self, GPTCheckCommand.self, GPTCreateCommand.self, GPTBackupCommand.self, GPTRestoreCommand.self,
      GPTRepairCommand.self, GPTGrowCommand.self,
    ])
}

/// A file with a partition table in it, and how to read it.
struct GPTFileOptions: ParsableArguments {
  @Argument(help: "A disk image, or a simulated device's storage file.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("Bytes of a sector: 512 or 4096 (default: as the table tells).", valueName: "size"))
  var sectorSize: Int?

  mutating func validate() throws {
    if let sectorSize, !GPTDisk.sectorSizes.contains(sectorSize) {
      throw ValidationError("--sector-size takes 512, 1024, 2048 or 4096.")
    }
  }

  func read(acceptsDamaged: Bool = false) throws -> GPTDisk {
    try GPTDisk(
      reading: try RegularFile(path: file), sectorByteCount: sectorSize, acceptsDamaged: acceptsDamaged)
  }
}

/// What commands share that write to a table.
struct GPTChange {
  let options: GPTFileOptions
  let isDryRun: Bool
  let console: Console

  /// Reads the table, makes writes of it with `body`, and writes them unless it is a dry run.
  func run(_ name: String, _ body: (GPTDisk) throws -> [GPTWrite]) throws {
    let file = try EditableFile(path: options.file)
    let disk = try GPTDisk(reading: file, sectorByteCount: options.sectorSize)
    try apply(name, try body(disk), to: file, sectorByteCount: disk.sectorByteCount)
  }

  func apply(_ name: String, _ writes: [GPTWrite], to file: EditableFile, sectorByteCount: Int) throws {
    for write in writes {
      console.event(
        "write",
        [
          "part": .string(write.part.rawValue), "sector": .unsigned(write.lba),
          "bytes": .integer(Int64(write.bytes.count)),
        ])
      let line = "\(write.part.rawValue): \(write.bytes.count) bytes at sector \(write.lba)"
      if isDryRun { console.result("would write " + line) } else { console.debug("writing " + line) }
    }
    if !isDryRun { try GPTEditor.apply(writes, to: file, sectorByteCount: sectorByteCount) }
    if writes.isEmpty {
      console.result("\(options.file): nothing to do")
    } else if !isDryRun {
      console.result("\(options.file): \(name), both copies read again and right")
    }
    console.event(
      "result",
      [
        "status": isDryRun ? "planned" : "done", "file": .string(options.file),
        "writes": .integer(Int64(writes.count)),
      ])
  }
}
