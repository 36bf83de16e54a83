import FlashImages
import Testing
import WireFormat

@Suite struct `Legacy scatter files` {
  @Test(
    "the smallest file means one downloadable entry at 0, however its lines end",
    arguments: [
      "50 52 45 4c 4f 41 44 45 52 20 30 78 30 0a 7b 0a 7d 0a",
      "50 52 45 4c 4f 41 44 45 52 20 30 78 30 0d 0a 7b 0d 0a 7d 0d 0a",
      // PRELOADER 0x0 { }, with and without anything behind it.
      "50 52 45 4c 4f 41 44 45 52 20 30 78 30 20 7b 20 7d", "50 52 45 4c 4f 41 44 45 52 20 30 78 30 7b 7d 0a 0a",
    ])
  func smallest(hex: String) throws {
    let bytes = try #require(Hex.bytes(hex))
    let file = try ScatterFile(MemoryBytes(bytes, path: "scatter.txt"))
    #expect(file.syntax == .legacy && file.scatter.version == nil && file.remarks.isEmpty)
    let layout = try #require(file.scatter.layouts.first)
    #expect(layout.storage == .nand && layout.partitions.map(\.name) == ["PRELOADER"])
    let partition = layout.partitions[0]
    #expect(partition.isDownload && partition.physicalStart == 0 && partition.byteCount == 0)
    #expect(partition.role == .preloader && partition.type == .preloader)
  }

  @Test func `the example of an eMMC has sections, offsets and sizes`() throws {
    let file = try ScatterSample.read(ScatterSample.legacy, path: "x/MT6577_Android_scatter_emmc.txt")
    let layout = try #require(file.scatter.layouts.first)
    #expect(layout.storage == .emmc && file.scatter.platform == "MT6577" && file.scatter.chip == "6577")
    let expected: [(String, ScatterSection, UInt64, UInt64, Bool)] = [
      ("PRELOADER", .boot1, 0, 0x600000, true), ("MBR", .user, 0, 0x80000, true),
      ("EBR1", .user, 0x80000, 0x80000, true), ("NVRAM", .user, 0x100000, 0x500000, false),
      ("BOOTIMG", .user, 0x600000, 0x600000, true), ("ANDROID", .user, 0xC00000, 0x2000_0000, true),
      ("USRDATA", .user, 0x20C0_0000, 0, true), ("BMTPOOL", .user, 0xFFFF_00A8, 0x150_0000, false),
    ]
    for (partition, row) in zip(layout.partitions, expected) {
      #expect(partition.name == row.0 && partition.physicalStart == row.2 && partition.byteCount == row.3, "\(row)")
      #expect(partition.region.sections(on: .emmc) == [row.1] && partition.isDownload == row.4, "\(row)")
    }
    #expect(layout.partition(named: "NVRAM")?.operation.kind == .binRegion)
    #expect(layout.partition(named: "BMTPOOL")?.operation.kind == .reserved)
    let map = ScatterMap(layout)
    let user: UInt64 = 0x3_0000_0000
    #expect(map.placement(named: "BMTPOOL")?.first(inSectionOf: user) == user - 0x150_0000)
    #expect(map.placement(named: "USRDATA")?.range(inSectionOf: user) == 0x20C0_0000..<user - 0x150_0000)
  }

  @Test func `a NAND of the era counts from its start`() throws {
    let text = """
      PRELOADER 0x0 { } DSP_BL 0x40000 { } # a comment
      __NODL_NVRAM 0x100000
      {
        text that means nothing
      }
      UBOOT 0x420000 {} BOOTIMG 0x480000 {} USRDATA 0x176a0000 {}
      __NODL_BMTPOOL 0xFFFF0050 {}
      """
    let file = try ScatterSample.read(text, path: "MT6575_Android_scatter.txt")
    let layout = try #require(file.scatter.layouts.first)
    #expect(layout.storage == .nand && layout.partitions.allSatisfy { $0.linearStart == $0.physicalStart })
    #expect(layout.partition(named: "DSP_BL")?.byteCount == 0xC0000)
    #expect(layout.partition(named: "BMTPOOL")?.byteCount == 0x50 * 0x20000)
    #expect(file.remarks == [ScatterRemark(.textInBraces, line: 5, entry: "NVRAM")])
    #expect(file.lines == [[1, 1, 2, 6, 6, 6, 7]])
  }

  @Test func `a list is read, and told from the legacy form`() throws {
    let text = "preloader 0x0\npgpt 0x0\nproinfo 0x8000\nnvram 0x308000\nflashinfo 0xFFFF0080\nsgpt 0xFFFF0000\n"
    let file = try ScatterSample.read(text, path: "ota/scatter.txt")
    #expect(file.syntax == .list)
    let layout = try #require(file.scatter.layouts.first)
    #expect(layout.storage == nil && layout.partitions.allSatisfy { !$0.isDownload })
    #expect(layout.partition(named: "proinfo")?.byteCount == 0x300000)
    let map = ScatterMap(layout)
    // Known to within a block only; nothing tells the place of the last one.
    #expect(map.placement(named: "flashinfo")?.first(inSectionOf: 1 << 32) == (1 << 32) - 0x80 * 0x20000)
    #expect(map.placement(named: "sgpt")?.first(inSectionOf: 1 << 32) == nil)
    #expect(throws: ScatterWriteError.noSyntax) { try ScatterConversion(file.scatter, to: .text) }
  }

  @Test func `a name that comes again counts once`() throws {
    let text = "A 0x0 { } B 0x1000 { } A 0x2000 { } C 0x3000 { }"
    let file = try ScatterSample.read(text)
    #expect(file.scatter.layouts[0].partitions.map(\.name) == ["A", "B", "C"] && file.lines == [[1, 1, 1]])
    #expect(file.scatter.layouts[0].partition(named: "B")?.byteCount == 0x1000)
    #expect(file.remarks == [ScatterRemark(.contradiction, line: 1, entry: "A")])
    #expect(ScatterSample.refusal(text, isStrict: true)?.problem == .contradiction)
  }

  @Test func `braces have to be there and to close`() {
    for (text, entry) in [("BOOT 0x0 {", "BOOT"), ("A 0x0 { } B 0x10 }", "B"), ("A 0x0 { { }", "A")] {
      #expect(ScatterSample.refusal(text)?.problem == .missingBrace(entry), "\(text)")
    }
    #expect(ScatterSample.refusal("A 0x0 { }\nB zero { }")?.problem == .badNumber(key: "address", value: "zero"))
    #expect(ScatterSample.refusal("A 0x0 { }\nB zero { }")?.line == 2)
  }

  @Test func `other files are told from scatter files`() {
    #expect(ScatterSample.refusal("1.0 2.0\n3.0 4.0\n", path: "plot_scatter.txt")?.problem == .notScatter)
    #expect(ScatterSample.refusal("")?.problem == .notScatter)
    #expect(ScatterSample.refusal("x 0x0\ny\n")?.problem == .notScatter)
    #expect(ScatterSample.refusal("<html></html>")?.problem == .notScatter)
    #expect(ScatterSample.refusal("<SPFlash><DownloadMode/></SPFlash>")?.problem == .notScatter)
    let encrypted = MemoryBytes([0x9F, 0x12, 0xC4, 0x00, 0x41], path: "MT6765_scatter.x")
    #expect(throws: ScatterError(.notText, path: "MT6765_scatter.x")) { try ScatterFile(encrypted) }
  }
}
