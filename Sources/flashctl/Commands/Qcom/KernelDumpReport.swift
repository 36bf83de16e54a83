import FlashImages
import Qualcomm

/// Shows a memory dump that the kernel has collected.
struct KernelDumpReport {
  private let dump: SaharaKernelDump
  private let console: Console

  /// `nil` for a file of another kind.
  init?(path: String, console: Console) throws {
    let file = try RegularFile(path: path)
    guard try file.length() >= UInt64(SaharaKernelDump.headerByteCount),
      SaharaKernelDump.isKernelDump(try file.bytes(at: 0, count: SaharaKernelDump.headerByteCount))
    else { return nil }
    dump = try SaharaKernelDump(file)
    self.console = console
  }

  /// Throws at the end when regions are cut off.
  func inspect() throws {
    console.result(
      "\(dump.path): memory dump of the Linux kernel, \(dump.table.regions.count) regions, "
        + Units.bytes(dump.dumpByteCount))
    console.event(
      "memoryDump",
      [
        "file": .string(dump.path), "dumpBytes": .unsigned(dump.dumpByteCount),
        "regions": .integer(Int64(dump.table.regions.count)),
      ])
    RAMDump(dump.table, filter: SaharaRegionFilter(), subject: ("file", dump.path), console: console).showTable()
    let missing = dump.table.regions.indices.filter { !dump.isComplete($0) }
    guard missing.isEmpty else {
      throw Diagnostic(
        code: "dump.cut-off", message: "\(dump.path) ends before its regions do: \(missing.count) are cut off",
        remedy: "collect the dump again; `flashctl qcom sahara unpack` takes out what is there", exitStatus: .badData,
        step: "check the dump")
    }
  }
}
