import ArgumentParser
import FlashImages

/// `flashctl gpt restore`
struct GPTRestoreCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Write a saved partition table to a disk image.",
    discussion: """
      The table comes from a main, backup or both file, as packages and `gpt backup` make them. Both copies are written \
      where they belong on this disk; contents of partitions are not touched. `gpt grow` afterwards uses a larger disk.
      """)

  @OptionGroup var options: GPTFileOptions

  @Argument(help: "The file with the table.", completion: .file())
  var table: String

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let saved = try GPTFile(reading: try RegularFile(path: table))
    if let size = options.sectorSize, size != saved.sectorByteCount {
      throw Diagnostic(
        code: "gpt.sector-size",
        message: "\(table): the table is for \(saved.sectorByteCount)-byte sectors, not \(size)",
        remedy: "use a table that was made for this storage", exitStatus: .badData, step: "restore")
    }
    let file = try EditableFile(path: options.file)
    let sectors = try file.length() / UInt64(saved.sectorByteCount)
    if let made = saved.sectorCount, made != sectors {
      console.warning(
        "\(table): made for \(made) sectors, and \(options.file) has \(sectors); `flashctl gpt grow` uses them all")
    }
    var restored = saved.table
    let end = try restored.lastUsable(of: sectors)
    if restored.lastUsableLBA == 0 || restored.lastUsableLBA > end { restored.lastUsableLBA = end }
    let writes = try restored.layout(
      sectorCount: sectors, protectiveMBR: saved.bootSector ?? MBR.protective(sectorCount: sectors))
    try GPTChange(options: options, isDryRun: dryRun, console: console).apply(
      "restored", writes, to: file, sectorByteCount: saved.sectorByteCount)
  }
}
