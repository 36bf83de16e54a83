import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl qcom sahara ramdump`
struct SaharaRAMDumpCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramdump", abstract: "Read the memory of a device that has crashed.",
    discussion: """
      Each region becomes a file that is called as the device calls it. Where there is a minidump, minidump.elf is put \
      together from its regions. The device stays as it is, so that a dump can be repeated; --reboot ends that.
      """)

  @OptionGroup var dumping: RAMDumpOptions

  @Flag(help: "Restart the device after a complete dump.")
  var reboot = false

  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let folder = try dumping.folder()
    try await DeviceSession(options, console).runQualcomm(step: "dump memory") { target, device in
      let table = try await target.regions()
      var dump = RAMDump(table, filter: dumping.filterChoice, subject: ("device", device), console: console)
      try dump.requireChoice()
      dump.showTable()
      if let folder {
        try await dump.read(
          from: DeviceRegions(target: target, device: device), into: folder, replacing: dumping.force)
        if !dumping.noMinidump { try dump.writeMinidump(into: folder, replacing: dumping.force) }
        try dump.finish()
        if reboot { try await target.reboot(to: .system) }
      }
      dump.showResult(folder: folder == nil ? nil : dumping.directory, rebooted: folder != nil && reboot)
    }
  }
}
