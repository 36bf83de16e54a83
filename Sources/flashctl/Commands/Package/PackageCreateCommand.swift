import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl package create`
struct PackageCreateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make an installer package: one ZIP archive with everything that flashing needs.",
    discussion: """
      Sparse images are cut into the pieces that are written, so that any tool that reads flashmap.json can flash the \
      archive. The programmer is the package's own, or --loader's.

        flashctl package create . -o installer.zip --memory ufs
        flashctl package create contents.xml::emmc -o installer.zip --loader prog_firehose.elf
      """)

  @OptionGroup var files: PackageArguments

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The archive to write.", valueName: "file"),
    completion: .file())
  var target: String

  @Option(
    help: ArgumentHelp("The storage that the package is for, where it does not say: ufs, emmc, ….", valueName: "type"))
  var memory: String?

  @Option(
    help: ArgumentHelp(
      "The programmer, where the package has none or several: FILE or ID:FILE; may be repeated.", valueName: "file"),
    completion: .file())
  var loader: [String] = []

  @Flag(help: "Replace the archive if it exists.")
  var force = false

  @OptionGroup var selection: PackageSelectionOptions
  @OptionGroup var sizes: SectionSizeOptions
  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    if let memory, !PackageSelector.storages.contains(memory.lowercased()) {
      throw ValidationError("--memory is one of: " + PackageSelector.storages.joined(separator: ", "))
    }
  }

  func execute(_ console: Console) async throws {
    var options = selection.options
    options.sectorCounts = sizes.counts
    // An archive is written here, and no device.
    options.allowsProtected = true
    options.allowsFusing = true
    options.allowsFullErase = true
    let family = QualcommFamily()
    let request = files.request(options)
    guard let plan = try family.plan(request, for: nil) else {
      throw Diagnostic.noDescriptor(request, family: "Qualcomm")
    }
    try family.check(plan)
    Planning.announce(plan, on: console)
    let words = loader.isEmpty ? try family.loaders(for: request) : loader
    let installer = try InstallerPackage(
      plan: plan, programmers: try QualcommPackage.Programmer.list(words), memory: memory?.lowercased())
    try write(installer, inputs: files.package + plan.descriptors, console)
  }

  private func write(_ installer: InstallerPackage, inputs: [String], _ console: Console) throws {
    let file = try OutputFile.begin(at: target, replacing: force, inputs: inputs)
    let writer = ZIPWriter(file)
    for member in installer.members {
      console.debug("adding \(member.name)")
      switch member.content {
      case .bytes(let bytes): try writer.add(member.name, bytes)
      case .image(let image): try writer.add(member.name, image)
      }
    }
    try writer.finish()
    try file.commit()
    console.result("wrote \(target): \(installer.members.count) files, \(Units.bytes(file.byteCount))")
    console.event(
      "result",
      [
        "status": "done", "file": .string(target), "members": .integer(Int64(installer.members.count)),
        "bytes": .unsigned(file.byteCount),
      ])
  }
}
