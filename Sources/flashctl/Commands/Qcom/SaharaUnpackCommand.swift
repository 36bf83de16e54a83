import ArgumentParser
import FlashImages
import Qualcomm

/// `flashctl qcom sahara unpack`
struct SaharaUnpackCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpack", abstract: "Take a memory dump apart that the Linux kernel has collected.",
    discussion: """
      Such a dump is one file with a table of regions (`flashctl image inspect` shows it). Each region becomes a file, as \
      `ramdump` makes them from a device.
      """)

  @Argument(help: "The dump.", completion: .file())
  var file: String

  @OptionGroup var dumping: RAMDumpOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let source = try SaharaKernelDump(RegularFile(path: file))
    let folder = try dumping.folder()
    var dump = RAMDump(source.table, filter: dumping.filterChoice, subject: ("file", file), console: console)
    try dump.requireChoice()
    dump.showTable()
    if let folder {
      try await dump.read(from: KernelDumpRegions(dump: source), into: folder, replacing: dumping.force)
      if !dumping.noMinidump { try dump.writeMinidump(into: folder, replacing: dumping.force) }
      try dump.finish()
    }
    dump.showResult(folder: folder == nil ? nil : dumping.directory, rebooted: false)
  }
}
