import ArgumentParser
import FlashImages

/// `flashctl gpt repair`
struct GPTRepairCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Make a damaged copy of a partition table anew from the good one.",
    discussion: """
      The primary counts if it is valid, else the backup. The backup goes to the last sectors of the disk; partitions \
      stay as they are.

        flashctl gpt repair disk.img
        flashctl gpt repair --section 0 --loader prog.mbn
      """)

  @OptionGroup var place: GPTPlaceOptions

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  var file: String? { place.file }
  var section: String? { place.table.section }

  mutating func validate() throws {
    try requireOnePlace(needsSection: true)
    try running.requireNothing(for: file)
  }

  func execute(_ console: Console) async throws {
    let change = GPTChange(
      file: file, access: access(console), sectorSize: try fileSectorSize(), isDryRun: dryRun, running: running,
      console: console)
    try await change.run("repair", "repaired") { disk, name in
      let report = GPTReport(path: name, console: console)
      for finding in disk.findings { report.show(finding) }
      return try disk.repairs()
    }
  }
}

/// `flashctl gpt grow`
struct GPTGrowCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grow", abstract: "Fit a partition table to a disk that has another size than it says.",
    discussion: """
      The backup moves to the end of the disk, and the last partition becomes longer if it reached the old end or has \
      no sectors yet. Its content, a file system above all, is not touched.
      """)

  @OptionGroup var place: GPTPlaceOptions

  @Flag(help: "Make the last partition longer in any case.")
  var last = false

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var running: RunOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  var file: String? { place.file }
  var section: String? { place.table.section }

  mutating func validate() throws {
    try requireOnePlace(needsSection: true)
    try running.requireNothing(for: file)
  }

  func execute(_ console: Console) async throws {
    let change = GPTChange(
      file: file, access: access(console), sectorSize: try fileSectorSize(), isDryRun: dryRun, running: running,
      console: console)
    try await change.run("grow", "fitted to the disk") { disk, _ in
      var table = disk.table
      let growth = try table.grow(to: disk.sectorCount, force: last)
      if let grown = growth.grown {
        console.result("\(grown.name): last sector \(grown.before) → \(grown.after)")
        console.event(
          "grown",
          ["name": .string(grown.name), "before": .unsigned(grown.before), "after": .unsigned(grown.after)])
      }
      if table == disk.table { return try disk.repairs() }
      return try table.layout(sectorCount: disk.sectorCount, protectiveMBR: disk.protectiveMBR)
    }
  }
}
