import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl package inspect`
struct PackageInspectCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a package holds: entries, files, what is missing, what is odd.",
    discussion: "Needs no device. Whether the package can be flashed as it is, `flashctl flash --dry-run` says.")

  @OptionGroup var files: PackageArguments

  @Option(
    help: ArgumentHelp("Look for files here before anywhere else; may be repeated.", valueName: "folder"),
    completion: .directory)
  var searchPath: [String] = []

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    var options = PackageOptions()
    options.searchPaths = searchPath
    let package = try files.load(options)
    var report = PackageReport(console: console)
    for pass in package.passes { try report.show(pass) }
    for remark in package.remarks { report.show(remark) }
    report.finish(package)
  }
}
