import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl package patch-files`
struct PackagePatchFilesCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "patch-files",
    abstract: "Apply the patches that are for a package's own files, to copies of them.",
    discussion: """
      Packages hold partition tables for a disk of unknown size. Most of their patches are for the disk, and `flashctl \
      flash` has the device apply them; those that name a file make the table in that file right for one size of disk.

        flashctl package patch-files images/ -o patched --sectors 0=30535680
      """)

  @OptionGroup var files: PackageArguments

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder for the patched files; made where it is missing.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @Option(
    name: [.customLong("sectors"), .customLong("disk-sectors")],
    help: ArgumentHelp("Sectors of a section: SECTION=SECTORS; may be repeated.", valueName: "section=n"))
  var sectors: [SectorCountArgument] = []

  @Option(help: ArgumentHelp("NAND: erase blocks of a section: SECTION=BLOCKS.", valueName: "section=n"))
  var blocks: [SectorCountArgument] = []

  @Option(
    help: ArgumentHelp("Look for files here before anywhere else; may be repeated.", valueName: "folder"),
    completion: .directory)
  var searchPath: [String] = []

  @Flag(help: "Replace files that exist.")
  var force = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    var options = PackageOptions()
    options.searchPaths = searchPath
    let patcher = HostFilePatcher(sectorCounts: Self.counts(sectors), blockCounts: Self.counts(blocks))
    let patched = try patcher.files(of: files.load(options))
    guard !patched.isEmpty else { throw Diagnostic.nothingToPatch(files.package) }
    let names = patched.map { PackagePath.name(of: $0.name) }
    for (index, name) in names.enumerated() where names[..<index].contains(name) { throw Diagnostic.sameName(name) }
    let target = try OutputFolder(path: folder, isCreated: true)
    for (file, name) in zip(patched, names) {
      let path = target.path(of: name)
      let written = try OutputFile.begin(at: path, replacing: force, inputs: patched.map(\.source))
      try written.append(file.bytes)
      try written.commit()
      console.result("wrote \(path): \(file.patchCount) patches")
      console.event("file", ["file": .string(path), "patches": .integer(Int64(file.patchCount))])
    }
    console.event(
      "result", ["status": "done", "folder": .string(folder), "files": .integer(Int64(patched.count))])
  }

  private static func counts(_ arguments: [SectorCountArgument]) -> [String: UInt64] {
    Dictionary(arguments.map { ($0.section, $0.sectors) }) { $1 }
  }
}

extension Diagnostic {
  fileprivate static func nothingToPatch(_ package: [String]) -> Diagnostic {
    Diagnostic(
      code: "package.no-file-patches",
      message: "\(package.joined(separator: ", ")): no patch names a file; all are for the disk",
      remedy: "`flashctl package apply` builds the disk that they lead to", exitStatus: .badData)
  }

  fileprivate static func sameName(_ name: String) -> Diagnostic {
    Diagnostic(
      code: "package.same-name", message: "patches name several files called \(name)",
      remedy: "patch one descriptor at a time, each to a folder of its own", exitStatus: .badData)
  }
}
