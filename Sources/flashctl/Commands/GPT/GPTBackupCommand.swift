import ArgumentParser
import FlashImages

/// `flashctl gpt backup`
struct GPTBackupCommand: GPTTableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Save a partition table to a file.",
    discussion: """
      The file holds the first sectors (boot record, header, entries) and the last ones (entries, header), one behind \
      the other, as packages have it in gpt_both. When a copy is damaged, it is made anew from the other one.

        flashctl gpt backup lun0.img -o gpt_both0.bin
        flashctl gpt backup --section 0 -o gpt_both0.bin --loader prog.mbn
      """)

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case main, backup, both
  }

  @OptionGroup var place: GPTPlaceOptions

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file())
  var target: String

  @Option(help: ArgumentHelp("What to save: main, backup or both (default).", valueName: "part"))
  var part = Part.both

  @Flag(help: "Replace the output if it exists.")
  var force = false

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions
  var file: String? { place.file }
  var section: String? { place.table.section }

  mutating func validate() throws { try requireOnePlace(needsSection: true) }

  func execute(_ console: Console) async throws {
    guard let file else {
      for table in try await access(console).tables() { try save(table.disk, from: table.name, inputs: [], console) }
      return
    }
    try save(try read(file), from: file, inputs: [file], console)
  }

  private func save(_ disk: GPTDisk, from name: String, inputs: [String], _ console: Console) throws {
    let report = GPTReport(path: name, console: console)
    for finding in disk.findings { report.show(finding) }
    let files = try disk.table.files(
      sectorCount: disk.sectorCount, protectiveMBR: disk.mbr == nil ? nil : disk.bootSector)
    let bytes =
      switch part {
      case .main: files.main
      case .backup: files.backup
      case .both: files.main + files.backup
      }
    let file = try OutputFile.begin(at: target, replacing: force, inputs: inputs)
    try unsafe bytes.withUnsafeBytes { buffer in try unsafe file.append(buffer) }
    try file.commit()
    console.result("wrote \(target): \(disk.table.partitions.count) partitions, \(bytes.count) bytes")
    console.event(
      "result",
      [
        "status": "done", "file": .string(target), "bytes": .integer(Int64(bytes.count)),
        "part": .string(part.rawValue),
      ])
  }
}
