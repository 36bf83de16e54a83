import ArgumentParser
import FlashImages

/// `flashctl gpt repair`
struct GPTRepairCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Make a damaged copy of a partition table anew from the good one.",
    discussion: """
      The primary counts if it is valid, else the backup. The backup goes to the last sectors of the disk; partitions \
      stay as they are.
      """)

  @OptionGroup var options: GPTFileOptions

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let report = GPTReport(path: options.file, console: console)
    try GPTChange(options: options, isDryRun: dryRun, console: console).run("repaired") { disk in
      for finding in disk.findings { report.show(finding) }
      return try disk.repairs()
    }
  }
}

/// `flashctl gpt grow`
struct GPTGrowCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "grow", abstract: "Fit a partition table to a disk that has another size than it says.",
    discussion: """
      The backup moves to the end of the disk, and the last partition becomes longer if it reached the old end or has \
      no sectors yet. Its content, a file system above all, is not touched.
      """)

  @OptionGroup var options: GPTFileOptions

  @Flag(help: "Make the last partition longer in any case.")
  var last = false

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    try GPTChange(options: options, isDryRun: dryRun, console: console).run("fitted to the disk") { disk in
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
