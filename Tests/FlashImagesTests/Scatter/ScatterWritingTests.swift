import FlashImages
import Testing

@Suite struct `Writing scatter files` {
  @Test func `the worked example is written byte for byte`() throws {
    let scatter = try ScatterSample.read(ScatterSample.example).scatter
    let bytes = try ScatterWriter(.text, lineEnd: .lf).bytes(of: scatter)
    #expect(bytes.count == 3180)
    #expect(String(decoding: bytes, as: UTF8.self) == ScatterSample.example)
    let vendor = try ScatterWriter(.text).bytes(of: scatter)
    #expect(vendor == Array(ScatterSample.example.replacing("\n", with: "\r\n").utf8))
  }

  @Test func `the legacy example is written byte for byte, with LF`() throws {
    let scatter = try ScatterSample.read(ScatterSample.legacy).scatter
    let bytes = try ScatterWriter(.legacy, lineEnd: .crlf).bytes(of: scatter)
    #expect(bytes.count == 175 && bytes == Array(ScatterSample.legacy.utf8))
    #expect(try ScatterSample.read(String(decoding: bytes, as: UTF8.self)).scatter == scatter)
  }

  @Test func `V2 text is written as generators write it`() throws {
    let scatter = try ScatterSample.read(ScatterSample.v2).scatter
    let text = String(decoding: try ScatterWriter(.text, lineEnd: .lf).bytes(of: scatter), as: UTF8.self)
    #expect(text + "\n" == ScatterSample.v2 || text == ScatterSample.v2)
    #expect(try ScatterSample.read(text, isStrict: true).scatter == scatter)
  }

  @Test func `what is written reads back as the same, in every syntax`() throws {
    for text in [ScatterSample.example, ScatterSample.v2, ScatterSample.xml1, ScatterSample.xml2] {
      var scatter = try ScatterSample.read(text).scatter
      scatter.settings = [.init("resize_check", "true"), .init("modem", "NA")]
      scatter.layouts[0].partitions[0].settings = [.init("extra", "a: b # c")]
      scatter.layouts[0].partitions[0].cellMode = "FALSE"
      scatter.layouts[0].partitions[0].slcPercentage = 12
      for syntax in [ScatterSyntax.text, .xml] {
        let bytes = try ScatterWriter(syntax).bytes(of: scatter)
        let file = try ScatterFile(MemoryBytes(bytes, path: "again"), isStrict: true)
        #expect(file.scatter == scatter && file.syntax == syntax)
      }
    }
  }

  @Test func `values that would break the syntax are refused`() throws {
    var scatter = try ScatterSample.read(ScatterSample.example).scatter
    scatter.layouts[0].partitions[4].name = "boot\n  operation_type: RESERVED"
    for syntax in [ScatterSyntax.text, .xml] {
      #expect(throws: ScatterWriteError.self) { try ScatterWriter(syntax).bytes(of: scatter) }
    }
    scatter.layouts[0].partitions[4].name = "boot"
    for key in ["info", "description", "1st", String(repeating: "k", count: 65)] {
      scatter.settings = [.init(key, "c")]
      #expect(throws: ScatterWriteError.unwritable(entry: nil, key: key)) {
        try ScatterWriter(.text).bytes(of: scatter)
      }
    }
    scatter.settings = [.init("a b", "c")]
    #expect(throws: ScatterWriteError.unwritable(entry: nil, key: "a b")) { try ScatterWriter(.xml).bytes(of: scatter) }
  }

  @Test func `XML takes what text says, and back`() throws {
    let text = try ScatterSample.read(ScatterSample.example).scatter
    let conversion = try ScatterConversion(text, to: .xml)
    #expect(conversion.scatter.version == .v118 && conversion.losses.isEmpty)
    #expect(conversion.scatter.layouts == text.layouts)
    let two = try ScatterConversion(text, to: .xml, version: .v210)
    let bytes = try ScatterWriter(.xml).bytes(of: two.scatter)
    let again = try ScatterFile(MemoryBytes(bytes, path: "a.xml"))
    #expect(again.scatter.layouts == text.layouts && again.scatter.version == .v210)
  }

  @Test func `several storages need a file of V2, or a choice`() throws {
    let scatter = try ScatterSample.read(ScatterSample.v2).scatter
    #expect(throws: ScatterWriteError.severalStorages([.emmc, .ufs])) {
      try ScatterConversion(scatter, to: .text, version: .v112)
    }
    let one = try ScatterConversion(scatter, to: .text, version: .v112, storage: .ufs)
    #expect(one.losses == [.layouts([.emmc])])
    let bytes = try ScatterWriter(.text).bytes(of: one.scatter)
    let again = try ScatterFile(MemoryBytes(bytes, path: "a.txt"))
    #expect(again.scatter.layouts == [try #require(scatter.layout(for: .ufs))])
    #expect(throws: ScatterWriteError.noLayout(.nand, has: [.emmc, .ufs])) {
      try ScatterConversion(scatter, to: .text, storage: .nand)
    }
  }

  @Test func `the legacy form loses nearly everything, and says what`() throws {
    let scatter = try ScatterSample.read(ScatterSample.example).scatter
    #expect(throws: ScatterWriteError.noLinearAddresses) { try ScatterConversion(scatter, to: .legacy) }
    var nand = scatter
    nand.layouts[0].storage = .nand
    nand.layouts[0].partitions = [4, 5].map { index in
      var partition = nand.layouts[0].partitions[index]
      partition.region = .none
      return partition
    }
    let conversion = try ScatterConversion(nand, to: .legacy)
    #expect(conversion.losses.contains(.fileNames(2)) && conversion.losses.contains(.sizes(["userdata"])))
    #expect(conversion.losses.contains(.keys))
    let text = String(decoding: try ScatterWriter(.legacy).bytes(of: conversion.scatter), as: UTF8.self)
    #expect(text == "boot 0x808000\n{\n}\nuserdata 0x2808000\n{\n}\n")
  }

  @Test func `a legacy file becomes text with its linear addresses`() throws {
    let legacy = try ScatterSample.read(ScatterSample.legacy, path: "MT6577_scatter_emmc.txt").scatter
    let conversion = try ScatterConversion(legacy, to: .text)
    #expect(conversion.scatter.version?.text == "V1.1.1" && conversion.losses.isEmpty)
    let bytes = try ScatterWriter(.text).bytes(of: conversion.scatter)
    let again = try ScatterFile(MemoryBytes(bytes, path: "a.txt"), isStrict: true)
    #expect(again.remarks.isEmpty && again.scatter.layouts == legacy.layouts)
    let flat = try ScatterConversion(legacy, to: .text, version: .v112)
    #expect(flat.losses == [.linearAddresses])
  }
}

@Suite struct `Scatter files of backups` {
  private static let user: UInt64 = 0x3_A3E0_0000

  private static let partitions: [ScatterBackup.Partition] = [
    .init(name: "proinfo", start: 0x8000, byteCount: 0x300000),
    .init(name: "nvram", start: 0x308000, byteCount: 0x500000),
    .init(name: "boot", start: 0x808000, byteCount: 0x2000000),
    .init(name: "userdata", start: 0x2808000, byteCount: 0x3A_02F8_000 - 0x2808000),
    .init(name: "otp", start: 0x3A_02F8_000, byteCount: 0x2b00000),
    .init(name: "flashinfo", start: 0x3A_2DF8_000, byteCount: 0x1000000),
  ]

  private static func backup(_ partitions: [ScatterBackup.Partition] = partitions) -> ScatterBackup {
    ScatterBackup(
      .init(storage: .emmc, chip: "6765", userByteCount: user, bootByteCount: 0x400000), partitions: partitions)
  }

  @Test func `a backup of the worked example's device has its table, with real sizes`() throws {
    let backup = Self.backup()
    let layout = try #require(backup.scatter.layouts.first)
    #expect(layout.partitions.map(\.name) == ["preloader", "pgpt"] + Self.partitions.map(\.name) + ["sgpt"])
    #expect(backup.scatter.platform == "MT6765" && backup.scatter.version == .v112)
    #expect(layout.partition(named: "otp")?.physicalStart == 0xFFFF_01D8)
    #expect(layout.partition(named: "flashinfo")?.physicalStart == 0xFFFF_0080)
    #expect(layout.partition(named: "sgpt")?.physicalStart == 0xFFFF_0000)
    #expect(layout.partition(named: "userdata")?.byteCount == 0x3A_02F8_000 - 0x2808000)
    #expect(layout.partition(named: "boot")?.fileName == "boot.bin")
    #expect(layout.partition(named: "nvram")?.fileName == nil && backup.fileNames["nvram"] == "nvram.bin")
    #expect(backup.comments["nvram"] == "saved as nvram.bin, not flashed by itself")
    let table = try #require(ScatterTable(ScatterMap(layout), userByteCount: Self.user))
    #expect(table.partitions.map(\.start) == Self.partitions.map(\.start))
    #expect(table.partitions.map(\.byteCount) == Self.partitions.map(\.byteCount))
  }

  @Test func `its file reads back as the same, comments and all`() throws {
    let backup = Self.backup()
    for syntax in [ScatterSyntax.text, .xml] {
      var writer = ScatterWriter(syntax)
      writer.comments = backup.comments
      let bytes = try writer.bytes(of: backup.scatter)
      #expect(String(decoding: bytes, as: UTF8.self).contains("saved as nvram.bin"))
      let conversion = try ScatterConversion(backup.scatter, to: syntax, version: backup.scatter.version)
      #expect(try ScatterFile(MemoryBytes(bytes, path: "a"), isStrict: true).scatter == conversion.scatter)
    }
  }

  @Test func `end entries that leave a gap keep their addresses`() throws {
    var partitions = Self.partitions
    partitions[4].byteCount -= 0x1000
    let layout = try #require(Self.backup(partitions).scatter.layouts.first)
    #expect(layout.partition(named: "flashinfo")?.isPlaceholder == true)
    #expect(layout.partition(named: "otp")?.physicalStart == 0x3A_02F8_000)
  }

  @Test func `names of a device make no paths and no keys`() throws {
    let partitions: [ScatterBackup.Partition] = [
      .init(name: "../../etc", start: 0x8000, byteCount: 0x8000), .init(name: "a b", start: 0x10000, byteCount: 0x8000),
      .init(name: "a_b", start: 0x18000, byteCount: 0x8000), .init(name: "a_b", start: 0x20000, byteCount: 0x8000),
    ]
    let backup = Self.backup(partitions)
    #expect(backup.fileNames["../../etc"] == "_.._.._etc.bin" || backup.fileNames["../../etc"]?.contains("/") == false)
    #expect(backup.fileNames["a b"] == "a_b.bin" && backup.fileNames["a_b"] == "a_b~2.bin")
    #expect(backup.leftOut == ["a_b"])
  }

  @Test func `boot sections that differ get two entries`() throws {
    let backup = ScatterBackup(
      .init(
        storage: .ufs, chip: "6785", userByteCount: 1 << 36, bootByteCount: 0x400000, hasEqualBootSections: false),
      partitions: [])
    let layout = try #require(backup.scatter.layouts.first)
    #expect(layout.partitions.map(\.name) == ["preloader", "preloader_backup", "pgpt", "sgpt"])
    #expect(layout.partitions.prefix(2).map { $0.region.sections(on: .ufs) } == [[.lun0], [.lun1]])
    #expect(backup.scatter.version == .v210 && layout.blockByteCount == 0x80000)
  }
}
