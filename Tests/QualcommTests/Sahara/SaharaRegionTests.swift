import Qualcomm
import Testing
import WireFormat

@Suite struct `Sahara's memory regions` {
  private static let narrow =
    "01000000 00006008 00100000 494d454d20726567696f6e000000000000000000 494d454d2e42494e000000000000000000000000"
    + "01000000 00000080 00000010 4444522043533000000000000000000000000000 44445243 53302e42494e00000000000000000000"

  private static let wide =
    "0100000000000000 0000681400000000 0010000000000000 4f43494d454d0000000000000000000000000000"
    + "4f43494d454d2e42494e00000000000000000000 0100000000000000 0000008000000000 0000008001000000"
    + "4444522043533020 706172743000000000000000 44445243 53305f302e42494e0000000000000000"

  @Test func `the 32-bit table of the specification`() throws {
    let bytes = try #require(Hex.bytes(Self.narrow))
    #expect(bytes.count == 0x68)
    let table = try SaharaRegionTable(parsing: bytes.rawSpan, width: .bits32)
    #expect(
      table.regions == [
        SaharaRegion(base: 0x0860_0000, length: 0x1000, description: "IMEM region", fileName: "IMEM.BIN"),
        SaharaRegion(base: 0x8000_0000, length: 0x1000_0000, description: "DDR CS0", fileName: "DDRCS0.BIN"),
      ])
    #expect(table.bytes == bytes)
  }

  @Test func `the 64-bit table of the specification`() throws {
    let bytes = try #require(Hex.bytes(Self.wide))
    #expect(bytes.count == 0x80)
    let table = try SaharaRegionTable(parsing: bytes.rawSpan, width: .bits64)
    #expect(
      table.regions == [
        SaharaRegion(base: 0x1468_0000, length: 0x1000, description: "OCIMEM", fileName: "OCIMEM.BIN"),
        SaharaRegion(base: 0x8000_0000, length: 0x1_8000_0000, description: "DDR CS0 part0", fileName: "DDRCS0_0.BIN"),
      ])
    #expect(table.bytes == bytes)
  }

  @Test func `a table that can be none is refused`() {
    for (count, width) in [(0, SaharaWidth.bits32), (51, .bits32), (53, .bits32), (52, .bits64), (65_600, .bits64)] {
      let bytes = [UInt8](repeating: 0, count: count)
      #expect(throws: WireError.invalid(field: "table length", at: 0, value: UInt64(count))) {
        try SaharaRegionTable(parsing: bytes.rawSpan, width: width)
      }
    }
    let beyond = SaharaRegionTable(
      width: .bits32, regions: [SaharaRegion(base: 0xFFFF_FFF0, length: 0x11, description: "", fileName: "")])
    #expect(throws: WireError.invalid(field: "region length", at: 0, value: 0x11)) {
      try SaharaRegionTable(parsing: beyond.bytes.rawSpan, width: .bits32)
    }
  }

  @Test func `unterminated texts end with their field`() throws {
    let table = SaharaRegionTable(
      width: .bits64,
      regions: [
        SaharaRegion(
          base: 0, length: 1, description: "a description of more than 20", fileName: "A_NAME_OF_TWENTY_BYTES")
      ])
    let again = try SaharaRegionTable(parsing: table.bytes.rawSpan, width: .bits64)
    #expect(again.regions[0].description == "a description of mor")
    #expect(again.regions[0].fileName == "A_NAME_OF_TWENTY_BYT")
  }

  private func region(_ name: String, base: UInt64 = 0x1000, preference: UInt64 = 1) -> SaharaRegion {
    SaharaRegion(savePreference: preference, base: base, length: 1, description: "", fileName: name)
  }

  @Test func `harmful names, empty ones and second ones give way to the address`() {
    let names = [
      "A.BIN", "a.bin", "", "/etc/x", "a\\b", "..", ".profile", "x\u{1B}[2J", "minidump.elf", "B b.BIN", "C:D",
    ]
    let regions = names.enumerated().map { region($1, base: UInt64($0) << 12) }
    let chosen = SaharaRegionNames(regions)
    #expect(
      chosen.names == [
        "A.BIN", "region-0x1000.bin", "region-0x2000.bin", "region-0x3000.bin", "region-0x4000.bin",
        "region-0x5000.bin",
        "region-0x6000.bin", "region-0x7000.bin", "region-0x8000.bin", "B b.BIN", "region-0xa000.bin",
      ])
    #expect(chosen.renamed == [1, 2, 3, 4, 5, 6, 7, 8, 10])
    let same = SaharaRegionNames([region(""), region(""), region("region-0x1000.bin")])
    #expect(Set(same.names).count == 3)
  }

  @Test(arguments: [
    ("*", true), ("ddrcs0*", true), ("DDRCS0_0", true), ("DDRCS0_0.BIN", true), ("ddr?s0_0", true), ("DDR", false),
    ("x,*_0.bin", true), ("*.txt", false), ("?", false), ("*a*b*c*d*", false), ("*D*R*0*", true), ("", true),
  ])
  func `filters match names with and without their extension`(pattern: String, isTaken: Bool) {
    #expect(SaharaRegionFilter(pattern).takes(region("DDRCS0_0.BIN")) == isTaken)
  }

  @Test func `--preferred leaves out what the device does not want dumped`() {
    let filter = SaharaRegionFilter(nil, isPreferredOnly: true)
    #expect(filter.takes(region("A")))
    #expect(!filter.takes(region("A", preference: 0)))
  }

  @Test func `a filter of many stars ends soon`() {
    let name = String(repeating: "a", count: 20)
    #expect(!SaharaRegionFilter(String(repeating: "*a", count: 200) + "b").takes(region(name)))
  }

  @Test(arguments: [0, 1, 15, 16, 17, 32, 63, 64, 65, 80, 81, 128, 144, 1000, 1040] as [UInt64])
  func `pieces cover a region, in order, and none is 16 bytes long`(length: UInt64) {
    let chunks = Array(SaharaChunks(base: 0x1000, length: length, size: 64))
    var next: UInt64 = 0x1000
    for chunk in chunks {
      #expect(chunk.address == next && chunk.length > 0 && chunk.length <= 64 && chunk.length != 16)
      next += chunk.length
    }
    #expect(next == 0x1000 + length)
  }

  @Test func `pieces may end at the end of the address space`() {
    let chunks = Array(SaharaChunks(base: .max - 99, length: 100, size: 64))
    #expect(chunks.map(\.length) == [64, 36])
  }
}
