import FlashImages
import Testing
import WireFormat

@Suite struct `Places of scatter entries` {
  /// docs/protocols/mtk-scatter.md 4.3: section size, block size, entries from first to last with placeholder, size and
  /// expected start.
  @Test(
    arguments: [
      (
        0x3_AB40_0000, "0x20000",
        [("flashinfo", "0xFFFF0084", "0x1000000", 0x3_AA38_0000), ("sgpt", "0xFFFF0004", "0x80000", 0x3_AB38_0000)]
      ),
      (
        0xE_8F80_0000, "0x20000",
        [
          ("otp", "0xFFFF01d8", "0x2b00000", 0xE_8BCF_8000), ("flashinfo", "0xFFFF0080", "0x1000000", 0xE_8E7F_8000),
          ("sgpt", "0xFFFF0000", "0x8000", 0xE_8F7F_8000),
        ]
      ),
      (
        0x1_D200_0000, "0x20000",
        [
          ("sdrpmb", "0xFFFF0140", "0x1800000", 0x1_CF7F_BE00), ("flashinfo", "0xFFFF0080", "0x1000000", 0x1_D0FF_BE00),
          ("sgpt", "0xFFFF0000", "0x4200", 0x1_D1FF_BE00),
        ]
      ),
      (
        0x1D_CB00_0000, "0x80000",
        [("flashinfo", "0xFFFF0020", "0x1000000", 0x1D_C9FF_8000), ("sgpt", "0xFFFF0000", "0x8000", 0x1D_CAFF_8000)]
      ),
      (0x1_0000_0000, "0x20000", [("BMTPOOL", "0xFFFF00a8", "0x1500000", 0xFEB0_0000)]),
    ] as [(UInt64, String, [(String, String, String, UInt64)])])
  func `reserved entries lie exactly so many bytes before the end as their sizes say`(
    user: UInt64, block: String, entries: [(String, String, String, UInt64)]
  ) throws {
    let rows = entries.map { ($0.0, "NONE", false, "NORMAL_ROM", $0.1, $0.2, "EMMC_USER", "RESERVED") }
    let map = ScatterMap(try ScatterSample.layout(rows, blockSize: block))
    #expect(map.disagreements.isEmpty)
    for entry in entries {
      #expect(map.placement(named: entry.0)?.first(inSectionOf: user) == entry.3, "\(entry)")
    }
  }

  @Test func `the worked example resolves as its table says`() throws {
    let map = ScatterMap(try ScatterSample.layout(ScatterSample.rows))
    let user: UInt64 = 0x3_A3E0_0000
    let expected: [(String, UInt64, UInt64)] = [
      ("proinfo", 64, 6207), ("nvram", 6208, 16447), ("boot", 16448, 81983), ("userdata", 81984, 30_414_783),
      ("otp", 30_414_784, 30_502_847), ("flashinfo", 30_502_848, 30_535_615), ("sgpt", 30_535_616, 30_535_679),
    ]
    #expect(user == 30_535_680 * 512)
    for (name, first, last) in expected {
      let range = try #require(map.placement(named: name)?.range(inSectionOf: user))
      #expect(range == first * 512..<(last + 1) * 512, "\(name)")
    }
    #expect(map.placement(named: "userdata")?.takesRest == true)
  }

  @Test func `the partition table of the worked example has the checksums of the specification`() throws {
    let user: UInt64 = 0x3_A3E0_0000
    let map = ScatterMap(try ScatterSample.layout(ScatterSample.rows))
    let table = try #require(ScatterTable(map, userByteCount: user))
    #expect(table.partitions.map(\.name) == ["proinfo", "nvram", "boot", "userdata", "otp", "flashinfo"])
    #expect(table.growing == "userdata")
    var guids = [try #require(GUID(bytes: (0..<16).map { UInt8($0) }))]
    guids += try (0..<6).map { index in
      let text = "11 11 11 11 22 22 33 33 44 44 55 55 55 55 55 0\(index)"
      let bytes = try #require(Hex.bytes(text))
      return try #require(GUID(bytes: bytes))
    }
    var next = guids.makeIterator()
    let gpt = try table.gpt(sectorByteCount: 512, userByteCount: user) { next.next() ?? .zero }
    let first = try #require(
      Hex.bytes(
        "a2 a0 d0 eb e5 b9 33 44 87 c0 68 b6 b7 26 99 c7 11 11 11 11 22 22 33 33 44 44 55 55 55 55 55 00 40 00 00 00 00 00"
          + "00 00 3f 18 00 00 00 00 00 00 00 00 00 00 00 00 00 00 70 00 72 00 6f 00 69 00 6e 00 66 00 6f 00"))
    #expect(Array(gpt.entries[0].bytes.prefix(first.count)) == first)
    let header = try #require(
      Hex.bytes(
        "45 46 49 20 50 41 52 54 00 00 01 00 5c 00 00 00 bb e4 d6 f9 00 00 00 00 01 00 00 00 00 00 00 00 ff ef d1 01 00 00"
          + "00 00 22 00 00 00 00 00 00 00 de ef d1 01 00 00 00 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 02 00 00"
          + "00 00 00 00 00 80 00 00 00 80 00 00 00 b5 55 11 20"))
    let writes = try gpt.layout(sectorCount: user / 512)
    let primary = try #require(writes.first { $0.part == .primaryHeader })
    #expect(Array(primary.bytes.prefix(92)) == header)
    let backup = try #require(writes.first { $0.part == .backupHeader })
    #expect(Array(backup.bytes[16..<20]) == [0x55, 0x71, 0x0F, 0x6F])
  }

  @Test func `placeholders that disagree with the sizes are said, and the sizes count`() throws {
    var rows = ScatterSample.rows
    rows[8].5 = "0x400000"
    let map = ScatterMap(try ScatterSample.layout(rows))
    #expect(
      map.disagreements == [
        .init(index: 6, stated: 0x1D8, computed: 0x1F8), .init(index: 7, stated: 0x80, computed: 0xA0),
        .init(index: 8, stated: 0, computed: 0x20),
      ])
    #expect(map.placement(named: "sgpt")?.first(inSectionOf: 1 << 30) == (1 << 30) - 0x400000)
  }

  @Test func `large addresses of ordinary entries are addresses`() throws {
    let rows: [ScatterSample.Row] = [
      ("a", "NONE", false, "NORMAL_ROM", "0xFFFF8000", "0x8000", "EMMC_USER", "UPDATE"),
      ("flashinfo", "NONE", false, "NORMAL_ROM", "0x10C00000000", "0x8000", "EMMC_USER", "RESERVED"),
    ]
    let map = ScatterMap(try ScatterSample.layout(rows))
    #expect(map.placement(named: "a")?.start == .fromStart(0xFFFF_8000))
    #expect(map.placement(named: "flashinfo")?.start == .fromStart(0x10C_0000_0000))
    // Absolute reserved entries end the room of what lies before them too.
    #expect(map.placement(named: "a")?.size == .bytes(0x10C_0000_0000 - 0xFFFF_8000))
  }

  @Test func `a wrong operation type does not hide a placeholder with a known name`() throws {
    let rows: [ScatterSample.Row] = [
      ("BMTPOOL", "NONE", false, "NORMAL_ROM", "0xFFFF00a8", "0x1500000", "EMMC_USER", "INVISIBLE")
    ]
    #expect(ScatterMap(try ScatterSample.layout(rows)).placements[0].start == .fromEnd(0x150_0000))
  }

  @Test func `without reserved entries the last one ends before the backup of the table`() throws {
    for (sector, tail) in [(512, 33 * 512), (4096, 5 * 4096)] as [(UInt64, UInt64)] {
      let map = ScatterMap(try ScatterSample.layout(Array(ScatterSample.rows[..<6])), sectorByteCount: sector)
      #expect(map.placement(named: "userdata")?.range(inSectionOf: 1 << 32) == 0x280_8000..<(1 << 32) - tail)
    }
  }

  @Test func `sizes of 0 mean the room up to the next entry, the boot section, or nothing at all`() throws {
    var rows = ScatterSample.rows
    rows[0].5 = "0"
    rows[3].5 = "0x0"
    rows.insert(("FAT", "NONE", false, "NORMAL_ROM", "0x808000", "0x0", "EMMC_USER", "INVISIBLE"), at: 4)
    let map = ScatterMap(try ScatterSample.layout(rows))
    #expect(map.placement(named: "preloader")?.range(inSectionOf: 1 << 22) == 0..<1 << 22)
    #expect(map.placement(named: "nvram")?.size == .bytes(0x500000))
    #expect(map.placement(named: "FAT")?.size == .bytes(0))
  }

  @Test func `linear addresses of V1-1-1 count the boot sections, and the physical ones are used`() throws {
    let text = ScatterSample.example.replacing("V1.1.2", with: "V1.1.1")
      .replacing("linear_start_addr: 0x808000", with: "linear_start_addr: 0x1c08000")
    let old = try ScatterSample.read(text)
    #expect(old.remarks.isEmpty)
    #expect(ScatterMap(old.scatter.layouts[0]).placement(named: "boot")?.start == .fromStart(0x808000))
    let new = try ScatterSample.read(text.replacing("V1.1.1", with: "V1.1.2"))
    #expect(new.remarks.map(\.oddity) == [.addressesDiffer(linear: 0x1C08000, physical: 0x808000)])
  }

  @Test(
    arguments: [
      ("EMMC_BOOT_1", [.boot1]), ("EMMC_BOOT1", [.boot1]), ("BOOT_1", [.boot1]), ("emmc_boot_2", [.boot2]),
      ("EMMC_BOOT1_BOOT2", [.boot1, .boot2]), ("EMMC_RPMB", [.rpmb]), ("EMMC_GP3", [.gp3]), ("EMMC_USER", [.user]),
      ("EMMC", [.user]), ("UFS_LU0", [.lun0]), ("UFS_LU1", [.lun1]), ("UFS_LU0_LU1", [.lun0, .lun1]),
      ("UFS_LU2", [.lun2]), ("NONE", [.user]), ("ELSEWHERE", nil),
    ] as [(String, [ScatterSection]?)])
  func `regions have synonyms`(text: String, sections: [ScatterSection]?) {
    #expect(ScatterRegion(text).sections(on: .emmc) == sections)
  }

  @Test func `a device too small for the end has no places there`() throws {
    let map = ScatterMap(try ScatterSample.layout(ScatterSample.rows))
    #expect(map.placement(named: "otp")?.range(inSectionOf: 0x100000) == nil)
    #expect(map.placement(named: "userdata")?.range(inSectionOf: 0x400_0000) == nil)
    #expect(ScatterTable(map, userByteCount: 0x400_0000) == nil)
  }
}
