import ArgumentParser
import FlashImages

/// `flashctl scatter checksum`
struct ScatterChecksumCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "checksum", abstract: "Write scatter_checksum.xml for the files of a package.",
    discussion: """
      Lists what the file of each entry adds up to, as it is stored. `scatter check`, `flash` and the vendor's tools compare \
      the files with it.
      """)

  @Argument(
    help: ArgumentHelp("A scatter file, flash.xml, a folder or a ZIP archive.", valueName: "package"),
    completion: .file())
  var path: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write (default: scatter_checksum.xml beside the scatter file).", valueName: "file"),
    completion: .file())
  var file: String?

  @Option(
    help: ArgumentHelp("Look for files here before anywhere else; may be repeated.", valueName: "folder"),
    completion: .directory)
  var searchPath: [String] = []

  @Flag(help: "Replace the output if it exists.")
  var force = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let package = try ScatterPackage(path: path, searchPaths: searchPath)
    let target = try target(package)
    var missing: [ScatterPartition] = []
    let list = try ScatterChecksums(of: package, missing: &missing)
    if let first = missing.first { throw Self.missing(first, package, count: missing.count) }
    let writer = try OutputFile.begin(at: target, replacing: force, inputs: [package.file.path])
    try writer.append(list.document())
    try writer.commit()
    console.result("wrote \(target): \(list.files.count) files")
    console.event(
      "result", ["status": "done", "file": .string(target), "files": .integer(Int64(list.files.count))])
  }

  private func target(_ package: ScatterPackage) throws -> String {
    if let file { return file }
    guard !ScatterPackage.isArchive(path) else {
      throw Diagnostic.usage("\(path) is an archive, and nothing is written into it", remedy: "say where with -o FILE")
    }
    return PackagePath.join(PackagePath.folder(of: package.file.path), ScatterPackage.checksumFileName)
  }

  private static func missing(_ first: ScatterPartition, _ package: ScatterPackage, count: Int) -> Diagnostic {
    Diagnostic(
      code: "scatter.file-missing",
      message: "\(package.file.path): \(first.name): \(first.fileName ?? "its file") is not there"
        + (count > 1 ? " (and \(count - 1) more)" : ""),
      remedy: "put the files beside the scatter file, or name their folder with --search-path",
      exitStatus: .missingInput, step: "checksum")
  }
}
