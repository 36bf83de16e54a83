import FlashImages
import Testing
import WireFormat

@Suite("Partition tables: the worked examples")
struct GPTVectorTests {
  typealias Sample = GPTSample

  private func bytes(_ hex: String) -> [UInt8] { Hex.bytes(hex) ?? [] }

  @Test func `a table of 512-byte sectors is byte for byte that of the specification`() throws {
    let disk = try Sample.disk()
    #expect(
      Array(disk[512..<604])
        == bytes(
          """
          45 46 49 20 50 41 52 54 00 00 01 00 5c 00 00 00 64 21 90 f0 00 00 00 00 01 00 00 00 00 00 00 00
          ff 4f 00 00 00 00 00 00 22 00 00 00 00 00 00 00 de 4f 00 00 00 00 00 00 00 01 02 03 04 05 06 07
          08 09 0a 0b 0c 0d 0e 0f 02 00 00 00 00 00 00 00 80 00 00 00 80 00 00 00 96 53 0b 7b
          """))
    #expect(
      Array(disk[20479 * 512..<20479 * 512 + 92])
        == bytes(
          """
          45 46 49 20 50 41 52 54 00 00 01 00 5c 00 00 00 2d 42 2b 4a 00 00 00 00 ff 4f 00 00 00 00 00 00
          01 00 00 00 00 00 00 00 22 00 00 00 00 00 00 00 de 4f 00 00 00 00 00 00 00 01 02 03 04 05 06 07
          08 09 0a 0b 0c 0d 0e 0f df 4f 00 00 00 00 00 00 80 00 00 00 80 00 00 00 96 53 0b 7b
          """))
    #expect(
      Array(disk[1024..<1092])
        == bytes(
          """
          af 3d c6 0f 83 84 72 47 8e 79 3d 69 d8 47 7d e4 11 11 11 11 22 22 33 33 44 44 55 55 55 55 55 55
          22 00 00 00 00 00 00 00 29 00 00 00 00 00 00 00 00 00 00 00 00 00 6f 00 62 00 6f 00 6f 00 74 00
          5f 00 61 00
          """))
    #expect(Array(disk[446..<462]) == bytes("00 00 02 00 ee ff ff ff 01 00 00 00 ff 4f 00 00"))
    let read = try Sample.read(disk)
    #expect(read.findings.isEmpty)
    #expect(read.sectorByteCount == 512 && read.sectorCount == 20480)
    #expect(read.table.partitions.map(\.entry.name) == ["boot_a", "userdata"])
    #expect(read.table.partitions.map(\.entry.sectorCount) == [8, 20446 - 42 + 1])
    #expect(read.table.partitions[0].entry.attributes.slotByte == 0x6F)
    #expect(try read.repairs().isEmpty)
  }

  @Test(
    "tables of 4096-byte sectors have the checksums of the specification",
    arguments: [
      (32, 3, 4093, 0xBDE2_820A, 0x4432_4C0E, 0xCCD1_0081), (128, 6, 4090, 0xEA83_040E, 0x1CA1_3594, 0xBFC8_A904),
    ] as [(Int, UInt64, UInt64, UInt32, UInt32, UInt32)])
  func large(entries: Int, first: UInt64, last: UInt64, array: UInt32, primary: UInt32, backup: UInt32) throws {
    let disk = try Sample.disk(unit: 4096, sectors: 4096, entries: entries)
    #expect(Sample.checksums(disk, lba: 1, unit: 4096) == (primary, array))
    #expect(Sample.checksums(disk, lba: 4095, unit: 4096) == (backup, array))
    let read = try Sample.read(disk)
    #expect(read.sectorByteCount == 4096 && read.findings.isEmpty)
    #expect((read.table.firstUsableLBA, read.table.lastUsableLBA) == (first, last))
    #expect(read.table.partitions.map(\.entry.firstLBA) == [first, first + 8])
  }

  @Test func `a table grows to a larger disk as the specification says`() throws {
    let partitions = Sample.partitions(attributes: 0, names: ["boot", "userdata"])
    let small = Sample.disk(try Sample.builder(512, 10240).writes(of: partitions), sectors: 10240)
    #expect(Sample.checksums(small, lba: 1) == (0x943E_E590, 0xA480_9A8A))
    #expect(Sample.checksums(small, lba: 10239) == (0xEC15_EAFE, 0xA480_9A8A))
    let onLarge = small + [UInt8](repeating: 0, count: 10240 * 512)
    let disk = try Sample.read(onLarge)
    #expect(
      disk.findings == [
        .alternateElsewhere(lba: 10239, expected: 20479), .backupElsewhere(lba: 10239, expected: 20479),
      ])
    var table = disk.table
    let growth = try table.grow(to: disk.sectorCount)
    #expect(growth.lastUsable == (10206, 20446))
    #expect(growth.grown.map { [$0.before, $0.after] } == [10206, 20446])
    let grown = Sample.disk(try table.layout(sectorCount: 20480))
    #expect(Sample.checksums(grown, lba: 1) == (0x71B3_6F19, 0xAE13_3AB5))
    #expect(Sample.checksums(grown, lba: 20479) == (0xCB08_0C50, 0xAE13_3AB5))
    #expect(throws: GPTEditError.partitionsDoNotFit(["userdata"], lastUsable: 10206)) {
      try table.grow(to: 10240)
    }
  }

  @Test func `switching slots exchanges types and sets attributes as the specification shows`() throws {
    let other = try #require(GUID("77036CD4-03D5-42BB-8ED1-37E5A88BAA34"))
    func slot(_ name: String, _ number: UInt8, _ type: GUID, _ byte: UInt64) -> GPTBuilder.Partition {
      .init(
        name: name, type: type, uniqueGUID: Sample.unique(number), sectorCount: 8,
        attributes: GPTAttributes(rawValue: byte << 48))
    }
    let partitions = [
      slot("boot_a", 1, .linuxData, 0x6F), slot("boot_b", 2, other, 0x3A), slot("system_a", 3, .linuxData, 0x04),
      slot("system_b", 4, other, 0x00),
    ]
    let table = try Sample.builder().table(of: partitions)
    let before = Sample.disk(try table.layout(sectorCount: 20480))
    #expect(Sample.checksums(before, lba: 1) == (0x9A7C_5DFE, 0x7348_FE77))
    #expect(Sample.checksums(before, lba: 20479).header == 0x20C7_3EB7)
    var slots = GPTSlots([table])
    #expect(slots.current == .a && slots.pairs.map(\.name) == ["boot", "system"])
    #expect(try slots.activate(.b) == [0])
    #expect(slots.current == .b)
    let after = Sample.disk(try slots.tables[0].layout(sectorCount: 20480))
    #expect(Sample.checksums(after, lba: 1) == (0x62BC_75EA, 0x29E0_BFB4))
    #expect(Sample.checksums(after, lba: 20479).header == 0xD807_16A3)
    #expect(
      Array(after[1152..<1208])
        == bytes(
          """
          af 3d c6 0f 83 84 72 47 8e 79 3d 69 d8 47 7d e4 11 11 11 11 22 22 33 33 44 44 55 55 55 55 55 02
          2a 00 00 00 00 00 00 00 31 00 00 00 00 00 00 00 00 00 00 00 00 00 3f 00
          """))
  }

  @Test func `the table that a vendor's patches finish is found unpatched`() throws {
    // qualcomm-packages.md 17: alternate and last usable 0, and valid all the same.
    let partitions = [
      GPTBuilder.Partition(
        name: "boot", uniqueGUID: GUID(bytes: [UInt8](repeating: 0x11, count: 15) + [1]), sectorCount: 1024),
      GPTBuilder.Partition(
        name: "userdata", uniqueGUID: GUID(bytes: [UInt8](repeating: 0x11, count: 15) + [2]), sectorCount: 1),
    ]
    var table = try Sample.builder(entries: 4).table(of: partitions)
    table.firstUsableLBA = 34
    for (index, first) in [34, 1058].enumerated() { table.entries[index].firstLBA = UInt64(first) }
    table.entries[0].lastLBA = 1057
    table.entries[1].lastLBA = 1057
    table.lastUsableLBA = 0
    var disk = Sample.disk(try table.layout(sectorCount: 20480))
    disk = Sample.settingHeader(disk, 32, UInt64(0))
    #expect(Sample.checksums(disk, lba: 1) == (0x7DAA_36E7, 0x8242_3D6F))
    let read = try Sample.read(disk)
    #expect(read.findings.contains(.unpatched))
    #expect(read.findings.contains(.emptyPartition("userdata")))
    var patched = read.table
    _ = try patched.grow(to: 20480)
    #expect(patched.entries[1].lastLBA == 20478 - 1)
    // The patches put the end where a table of 128 entries would have it.
    patched.entries[1].lastLBA = 20446
    patched.lastUsableLBA = 20446
    let done = Sample.disk(try patched.layout(sectorCount: 20480))
    #expect(Sample.checksums(done, lba: 1).array == 0x685D_A633)
    #expect(Sample.checksums(done, lba: 1).header == 0x32B4_96FB)
  }

  @Test func `slots in partition misc are read and switched`() throws {
    let block = bytes("5f 61 00 00 42 43 41 42 01 02 00 00 ff 00 7e 00 00 00 00 00 00 00 00 00 00 00 00 00 a5 e3 ed f3")
    let read = BootControlBlock(parsing: block.rawSpan)
    var slots = try #require(read)
    #expect(slots.current == .a && slots.slotCount == 2)
    #expect(slots.isSuccessful(.a) && !slots.isSuccessful(.b))
    #expect((slots.priority(of: .a), slots.priority(of: .b), slots.tries(of: .b)) == (15, 14, 7))
    #expect(slots.bytes == block)
    slots.activate(.b)
    #expect(
      slots.bytes
        == bytes("5f 62 00 00 42 43 41 42 01 02 00 00 fe 00 7f 00 00 00 00 00 00 00 00 00 00 00 00 00 81 be 1e 73"))
    for index in block.indices {
      var damaged = block
      damaged[index] ^= 1
      let slots = BootControlBlock(parsing: damaged.rawSpan)
      #expect(slots == nil)
    }
  }

  @Test func `GUIDs are written as people write them`() throws {
    #expect("\(GUID.linuxData)" == "0FC63DAF-8483-4772-8E79-3D69D8477DE4")
    #expect("\(GUID.basicData)" == "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7")
    #expect(GUID("0fc63daf-8483-4772-8e79-3d69d8477de4") == .linuxData)
    for text in [
      "", "0FC63DAF84834772-8E79-3D69D8477DE4", "0FC63DAF-8483-4772-8E79-3D69D8477DE",
      "gfc63daf-8483-4772-8e79-3d69d8477de4",
    ] {
      #expect(GUID(text) == nil)
    }
    let derived = GUID(derivedFrom: "lun0/boot_a")
    #expect(derived == GUID(derivedFrom: "lun0/boot_a") && derived != GUID(derivedFrom: "lun0/boot_b"))
    #expect(Array("\(derived)")[14] == "4")
    #expect(GUID.random() != GUID.random())
  }
}
