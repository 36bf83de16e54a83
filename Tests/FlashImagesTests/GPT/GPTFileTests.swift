import FlashImages
import Foundation
import Testing
import WireFormat

@Suite("Partition tables in files")
struct GPTFileTests {
  typealias Sample = GPTSample

  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test("main, backup and both are told apart", arguments: [(512, 17408, 16896), (4096, 24576, 20480)])
  func kinds(unit: Int, mainSize: Int, backupSize: Int) throws {
    let table = try Sample.builder(unit, 8192).table(of: Sample.partitions())
    let files = try table.files(sectorCount: 8192)
    #expect(files.main.count == mainSize && files.backup.count == backupSize)
    for (bytes, kind) in [
      (files.main, GPTFile.Kind.main), (files.backup, .backup), (files.main + files.backup, .both),
    ] {
      let file = try GPTFile(reading: MemoryBytes(bytes))
      #expect(file.kind == kind && file.sectorByteCount == unit && file.sectorCount == 8192)
      #expect(file.table.partitions == table.partitions)
    }
    // Generators leave the array's place in a backup empty.
    let odd = Sample.settingHeader(files.backup, lba: backupSize / unit - 1, unit: unit, 72, UInt64(0))
    #expect(try GPTFile(reading: MemoryBytes(odd)).table.partitions == table.partitions)
    #expect(throws: GPTEditError.self) { try GPTFile(reading: MemoryBytes(noise(20_000))) }
    for cut in [0, 100, 512, 600, 1024, 4096, 9000] {
      _ = try? GPTFile(reading: MemoryBytes(Array(files.main.prefix(cut))))
      _ = try? GPTFile(reading: MemoryBytes(Array(files.backup.prefix(cut))))
    }
  }

  @Test func `repairs are written in place and read again`() throws {
    let disk = try Sample.disk(sectors: 2048)
    let path = try workspace.write(SparseVectors.setting(disk, 600, UInt8(0xAA)), to: "disk.img")
    let file = try EditableFile(path: path)
    let read = try GPTDisk(reading: file)
    try GPTEditor.apply(read.repairs(), to: file, sectorByteCount: read.sectorByteCount)
    #expect(try workspace.read("disk.img") == disk)
    #expect(throws: ImageError.self) { try EditableFile(path: path) }
    #expect(throws: ImageError.self) { try file.write([1], at: UInt64(disk.count)) }
  }

  @Test("sgdisk finds nothing wrong with what we make, and reads the same partitions")
  func sgdisk() throws {
    try workspace.write(try Sample.disk(), to: "disk.img")
    guard let verified = try workspace.run("sgdisk", "--verify", "disk.img") else { return }
    #expect(verified.status == 0 && verified.output.contains("No problems found"), "\(verified.output)")
    let shown = try #require(try workspace.run("sgdisk", "--print", "disk.img")).output
    #expect(shown.contains("boot_a") && shown.contains("20446"))
  }

  @Test("tables that sgdisk makes are read, grown and found good again")
  func sgdiskMade() throws {
    try workspace.write([UInt8](repeating: 0, count: 8 << 20), to: "disk.img")
    guard
      let made = try workspace.run(
        "sgdisk", "-n", "1:2048:4095", "-c", "1:first", "-n", "2:4096:0", "-c", "2:zweites", "-A", "1:set:2", "disk.img"
      )
    else { return }
    #expect(made.status == 0, "\(made.output)")
    let disk = try GPTDisk(reading: try RegularFile(path: workspace.path("disk.img")))
    #expect(disk.findings.isEmpty)
    #expect(disk.table.partitions.map(\.entry.name) == ["first", "zweites"])
    #expect(disk.table.partitions[0].entry.attributes.rawValue == 4)
    try workspace.write(try workspace.read("disk.img") + [UInt8](repeating: 0, count: 8 << 20), to: "disk.img")
    let file = try EditableFile(path: workspace.path("disk.img"))
    let larger = try GPTDisk(reading: file)
    var table = larger.table
    // sgdisk aligns ends, so the partition does not reach the last usable sector.
    _ = try table.grow(to: larger.sectorCount, force: true)
    try GPTEditor.apply(table.layout(sectorCount: larger.sectorCount), to: file, sectorByteCount: 512)
    let verified = try #require(try workspace.run("sgdisk", "--verify", "disk.img"))
    #expect(verified.output.contains("No problems found"), "\(verified.output)")
    #expect(try GPTDisk(reading: file).table.partitions[1].entry.lastLBA == (16 << 20) / 512 - 34)
  }

  @Test("fdisk reads tables of 4096-byte sectors")
  func fdisk() throws {
    try workspace.write(try Sample.disk(unit: 4096, sectors: 4096), to: "disk.img")
    guard let shown = try workspace.run("fdisk", "-b", "4096", "-l", "-o", "Device,Start,End,Name", "disk.img") else {
      return
    }
    #expect(shown.output.contains("Disklabel type: gpt"), "\(shown.output)")
    #expect(shown.output.contains("boot_a") && shown.output.contains("4090"))
    #expect(!shown.output.contains("corrupt"))
  }
}
