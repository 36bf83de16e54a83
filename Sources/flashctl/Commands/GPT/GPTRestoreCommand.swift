import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl gpt restore`
struct GPTRestoreCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Write a saved partition table to a disk image or a device.",
    discussion: """
      The table comes from a main, backup or both file, as packages and `gpt backup` make them. Both copies are written \
      where they belong on this disk; contents of partitions are not touched. `gpt grow` afterwards uses a larger disk.

        flashctl gpt restore disk.img gpt_both0.bin
        flashctl gpt restore gpt_both0.bin --section 0 --loader prog.mbn
      """)

  @Argument(
    help: ArgumentHelp(
      "A disk image and the file with the table; for a device (--section) the file with the table alone.",
      valueName: "file"), completion: .file())
  var files: [String]

  @OptionGroup var table: GPTSectionOptions

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  /// The disk image, where one is meant.
  var file: String? { files.count == 2 ? files.first : nil }
  var section: String? { table.section }

  mutating func validate() throws {
    guard files.count <= 2 else { throw ValidationError("Give one FILE with the table, and one disk image before it.") }
    try requireOnePlace(needsSection: true)
    try running.requireNothing(for: file)
  }

  func execute(_ console: Console) async throws {
    let table = files.last ?? ""
    let saved = try GPTFile(reading: try RegularFile(path: table))
    let restoring = Restoring(table: table, saved: saved, console: console)
    guard let disk = file else {
      return try await access(console).change("restore", isDryRun: dryRun, running: running) { place, _ in
        try restoring.writes(to: place)
      }
    }
    if let size = try fileSectorSize() { try restoring.requireSectors(of: size) }
    let file = try EditableFile(path: disk)
    let writes = try restoring.writes(sectors: try file.length() / UInt64(saved.sectorByteCount), of: disk)
    try GPTChange.apply(
      "restored", writes, to: file, named: disk, sectorByteCount: saved.sectorByteCount, isDryRun: dryRun, console)
  }

  /// A saved table on its way to a disk.
  private struct Restoring {
    let table: String
    let saved: GPTFile
    let console: Console

    func requireSectors(of size: Int) throws {
      guard size != saved.sectorByteCount else { return }
      throw Diagnostic(
        code: "gpt.sector-size",
        message: "\(table): the table is for \(saved.sectorByteCount)-byte sectors, not \(size)",
        remedy: "use a table that was made for this storage", exitStatus: .badData, step: "restore")
    }

    func writes(to place: GPTDeviceAccess.Place) throws -> [GPTWrite] {
      try requireSectors(of: Int(clamping: place.section.sectorByteCount))
      guard let sectors = place.section.sectorCount else {
        throw StorageError.sizeUnknown(PlanExtent(section: place.section.name))
      }
      return try writes(sectors: sectors, of: place.name)
    }

    func writes(sectors: UInt64, of disk: String) throws -> [GPTWrite] {
      if let made = saved.sectorCount, made != sectors {
        console.warning(
          "\(table): made for \(made) sectors, and \(disk) has \(sectors); `flashctl gpt grow` uses them all")
      }
      var restored = saved.table
      let end = try restored.lastUsable(of: sectors)
      if restored.lastUsableLBA == 0 || restored.lastUsableLBA > end { restored.lastUsableLBA = end }
      return try restored.layout(
        sectorCount: sectors, protectiveMBR: saved.bootSector ?? MBR.protective(sectorCount: sectors))
    }
  }
}
