import Foundation
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import FlashImages

@Suite struct `Storage of devices in emergency download mode` {
  private func tables(_ folder: TemporaryFolder, _ number: Int, sector: Int) throws -> GPTDisk {
    try GPTDisk(reading: RegularFile(path: folder.path + "/lun\(number).img"), sectorByteCount: sector)
  }

  @Test(arguments: [
    ("msm8916-emmc", 512, ["boot", "userdata", "modemst1", "persist"], 3),
    ("sdm845-ufs", 4096, ["boot_a", "userdata", "persist"], 6), ("sa8775p", 4096, ["boot_a", "userdata"], 6),
    ("ipq-spinor", 4096, ["boot", "userdata"], 1), ("sm8250-vip", 4096, ["boot_a", "userdata"], 6),
  ])
  func `each section is a file with a valid table where the device has one`(
    model: String, sector: Int, names: [String], count: Int
  ) throws {
    let folder = try TemporaryFolder()
    _ = try EDLHost(model, storage: folder.path)
    #expect(folder.names == (0..<count).map { "lun\($0).img" })
    let disk = try tables(folder, 0, sector: sector)
    #expect(disk.findings == [])
    #expect(disk.backup.table != nil)
    for name in names { #expect(disk.table.partition(named: name) != nil, "\(name)") }
    #expect(folder.allocated("lun0.img") < 1 << 20)
    if model == "msm8916-emmc" {
      #expect(throws: (any Error).self) { try tables(folder, 1, sector: sector) }
    } else {
      for number in 1..<max(1, count) where count > 1 {
        #expect(try tables(folder, number, sector: sector).findings == [])
      }
    }
  }

  @Test func `sgdisk finds nothing wrong with the table`() throws {
    let sgdisk = ["/usr/sbin/sgdisk", "/sbin/sgdisk", "/usr/bin/sgdisk"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let sgdisk else { return }
    let folder = try TemporaryFolder()
    _ = try EDLHost("msm8916-emmc", storage: folder.path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: sgdisk)
    process.arguments = ["-v", folder.path + "/lun0.img"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text.contains("No problems found"), "\(text)")
  }

  @Test func `what was flashed is in the file, and stays`() throws {
    let folder = try TemporaryFolder()
    let data = (0..<40960).map { UInt8(truncatingIfNeeded: ($0 * 3) >> 2) }
    var host = try EDLHost.ready(settings: [("lun0-size", "4M")], storage: folder.path)
    #expect(host.program(data, at: "500").after == [Wire.ack])
    let content = try folder.read("lun0.img")
    #expect(content.count == 4 << 20)
    #expect(Array(content[500 * 4096..<500 * 4096 + data.count]) == data)
    var again = try EDLHost.ready(storage: folder.path)
    #expect(again.read("500", 10) == data)
  }

  @Test func `zeros leave holes, and replace what was there`() throws {
    let folder = try TemporaryFolder()
    var host = try EDLHost.ready(settings: [("lun0-size", "16M")], storage: folder.path)
    let before = folder.allocated("lun0.img")
    #expect(host.program([UInt8](repeating: 0, count: 4 << 20), at: "500").after == [Wire.ack])
    #expect(folder.allocated("lun0.img") == before)
    #expect(host.program([UInt8](repeating: 9, count: 8192), at: "500").after == [Wire.ack])
    #expect(host.program([UInt8](repeating: 0, count: 16384), at: "499").after == [Wire.ack])
    #expect(host.read("499", 4) == [UInt8](repeating: 0, count: 16384))
  }

  @Test func `a NAND has its table in the MIBIB block`() throws {
    let folder = try TemporaryFolder()
    _ = try EDLHost("mdm9207-nand", storage: folder.path)
    let file = try RegularFile(path: folder.path + "/lun0.img")
    #expect(try file.bytes(at: 0, count: 4) == [0xD1, 0xDC, 0x4B, 0x84])
    #expect(try file.bytes(at: 0x280 * 2048, count: 8) == [0xAC, 0x9F, 0x56, 0xFE, 0x7A, 0x12, 0x7F, 0xCD])
    let table = try file.bytes(at: 0x281 * 2048, count: 16 + 28 * 16)
    #expect(Array(table[..<12]) == [0xAA, 0x73, 0xEE, 0x55, 0xDB, 0xBD, 0x5E, 0xE3, 4, 0, 0, 0])
    #expect(table[12] == 16)
    // 0:SBL: ten blocks from the first one on.
    #expect(
      Array(table[16..<44])
        == [0x30, 0x3A, 0x53, 0x42, 0x4C] + [UInt8](repeating: 0, count: 11) + [0, 0, 0, 0, 10, 0, 0, 0]
        + [0xFF, 1, 0, 0])
    let names = stride(from: 16, to: table.count, by: 28).map { place in
      String(decoding: table[place..<place + 16].prefix { $0 != 0 }, as: UTF8.self)
    }
    #expect(names.contains("0:boot") && names.contains("0:userdata"))
  }

  @Test func `bad blocks of a NAND cannot be used`() throws {
    var host = try EDLHost("mdm9207-nand", settings: [("bad-blocks", "100")])
    try host.load(ELFSample.elf32)
    _ = host.transfers()
    try host.configureProgrammer(memory: "nand", payload: 16384)
    #expect(host.read("6400", 1, sector: 2048) == nil)
    #expect(host.read("6464", 1, sector: 2048) != nil)
    #expect(
      host.program([UInt8](repeating: 1, count: 2048), at: "6400", sector: 2048, chunk: 2048).after.last == Wire.nak)
  }

  @Test func `provisioning becomes the layout after a reset, and is written down`() throws {
    let folder = try TemporaryFolder()
    var host = try EDLHost("sdm845-ufs", settings: [("lun0-size", "64M")], storage: folder.path)
    try host.load()
    _ = host.transfers()
    host.ask("<configure MemoryName=\"ufs\" SkipStorageInit=\"1\"/>")
    for commit in 0...1 {
      for element in [
        "<ufs bNumberLU=\"2\" bBootEnable=\"1\" bDescrAccessEn=\"0\" bInitPowerMode=\"1\" bHighPriorityLUN=\"127\" bConfigDescrLock=\"0\"/>",
        "<ufs LUNum=\"0\" bLUEnable=\"1\" bBootLunID=\"0\" size_in_kb=\"16384\"/>",
        "<ufs LUNum=\"1\" bLUEnable=\"1\" bBootLunID=\"1\" size_in_kb=\"8192\"/>",
        "<ufs LUNtoGrow=\"255\" commit=\"\(commit)\"/>",
      ] { #expect(host.ask(element).last == Wire.ack) }
    }
    #expect(String(decoding: try folder.read("device.json"), as: UTF8.self).contains("\"sizeInKB\": 16384"))
    #expect(folder.names.count == 7)
    host.ask("<power value=\"reset_to_edl\"/>")
    #expect(folder.names == ["device.json", "lun0.img", "lun1.img"])
    #expect(try folder.read("lun1.img") == [UInt8](repeating: 0, count: 8 << 20))

    // Made anew from the same folder it has these units, and no others.
    var again = try EDLHost.ready(storage: folder.path)
    #expect(folder.names == ["device.json", "lun0.img", "lun1.img"])
    #expect(again.read("0", 1, section: 1) == [UInt8](repeating: 0, count: 4096))
    #expect(again.read("0", 1, section: 2) == nil)
    let logs = EDLHost.logs(again.ask("<getstorageinfo physical_partition_number=\"0\"/>"))
    #expect(logs.contains("INFO: Device Total Physical Partitions: 0x2"))
    #expect(again.ask("<setbootablestoragedrive value=\"1\"/>").last == Wire.ack)
    #expect(
      again.ask("<setbootablestoragedrive value=\"2\"/>")
        == [Wire.log("ERROR: Failed to open the UFS Device slot 0 partition 2"), Wire.nak])
    // What was asked for without a restart counts when the device is turned on again, and a lock stays.
    for commit in 0...1 {
      for element in [
        "<ufs bNumberLU=\"1\" bBootEnable=\"1\" bDescrAccessEn=\"0\" bInitPowerMode=\"1\" bHighPriorityLUN=\"127\" bConfigDescrLock=\"1\"/>",
        "<ufs LUNum=\"0\" bLUEnable=\"1\" bBootLunID=\"0\" size_in_kb=\"4096\"/>",
        "<ufs LUNtoGrow=\"255\" commit=\"\(commit)\"/>",
      ] { #expect(again.ask(element).last == Wire.ack) }
    }
    var last = try EDLHost.ready(storage: folder.path)
    #expect(folder.names == ["device.json", "lun0.img"])
    #expect(try folder.read("lun0.img").count == 4 << 20)
    #expect(last.ask("<ufs LUNtoGrow=\"255\" commit=\"0\"/>").last == Wire.nak)
    #expect(String(decoding: try folder.read("device.json"), as: UTF8.self).contains("\"bootableDrive\": 1"))
  }

  @Test func `a state that nobody can read is none`() throws {
    let folder = try TemporaryFolder()
    for text in [
      "{", "[[[[[[[[[[[[[[[[[[[[", "{\"provisioned\": [{\"number\": 99, \"sizeInKB\": 1}, 7]", "\"\\u12\"", "",
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/device.json"))
      _ = try EDLHost(settings: [("lun0-size", "1M")], storage: folder.path)
      #expect(folder.names.count == 7)
    }
  }

  @Test func `commands that it does not have are refused by name`() throws {
    var host = try EDLHost.ready(settings: [("lun0-size", "1M")])
    let extent =
      "SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"1\""
    for (element, name) in [
      ("<zeroout \(extent)/>", "zeroout"), ("<xml length=\"4\"/>", "xml"), ("<rpmberase/>", "rpmberase"),
      ("<devicetype/>", "devicetype"),
    ] {
      #expect(host.ask(element) == [Wire.log("ERROR: Unknown command \(name)"), Wire.nak])
    }
    #expect(host.read("1", 1)?.starts(with: Array("EFI PART".utf8)) == true)
    var other = try EDLHost.ready(settings: [("lun0-size", "1M"), ("functions", "read+zeroout"), ("erase-fill", "ff")])
    #expect(other.ask("<zeroout \(extent)/>").last == Wire.ack)
    #expect(other.read("1", 1) == [UInt8](repeating: 0, count: 4096))
  }

  @Test func `there can be other numbers of partitions and of storage devices`() throws {
    let folder = try TemporaryFolder()
    var host = try EDLHost.ready(settings: [("luns", "2"), ("slots", "2")], storage: folder.path)
    #expect(folder.names == ["lun0.img", "lun1.img", "slot1-lun0.img", "slot1-lun1.img"])
    #expect(host.read("1", 1, section: 2) == nil)
    #expect(host.program([UInt8](repeating: 4, count: 4096), at: "9", more: " slot=\"1\"").after == [Wire.ack])
    #expect(host.read("9", 1) == [UInt8](repeating: 0, count: 4096))
    let logs = EDLHost.logs(host.ask("<getstorageinfo physical_partition_number=\"1\" slot=\"1\"/>"))
    #expect(logs.contains { $0.contains("num_physical&quot;:2,") })
  }

  @Test func `the bootable drive is written down`() throws {
    let folder = try TemporaryFolder()
    var host = try EDLHost.ready(storage: folder.path)
    #expect(
      host.ask("<setbootablestoragedrive value=\"1\"/>") == [Wire.log("INFO: Using scheme of value = 1"), Wire.ack])
    #expect(String(decoding: try folder.read("device.json"), as: UTF8.self) == "{\n  \"bootableDrive\": 1\n}\n")
  }
}
