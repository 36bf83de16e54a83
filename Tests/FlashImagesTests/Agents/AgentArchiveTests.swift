import FlashImages
import Testing
import WireFormat

@Suite struct `Agent files` {
  private func read(_ bytes: [UInt8]) throws -> AgentArchive { try AgentArchive(MemoryBytes(bytes, path: "DA.bin")) }

  /// The error that bytes are refused with.
  private func refusal(_ bytes: [UInt8]) -> ImageError? {
    do {
      _ = try read(bytes)
      return nil
    } catch { return error as? ImageError }
  }

  @Test func `the synthetic archive is laid out as the specification says`() throws {
    let bytes = AgentSamples.synthetic
    #expect(bytes.count == 14896)
    let expected = try #require(
      Hex.bytes(
        """
        DA DA 80 65 00 8A 00 CA 00 00 00 00 00 10 00 00 00 00 03 00
        6C 37 00 00 04 00 00 00 00 00 00 50 00 00 00 00 00 00 00 00
        70 37 00 00 40 01 00 00 00 00 20 00 40 00 00 00 00 01 00 00
        B0 38 00 00 80 01 00 00 00 00 00 80 80 00 00 00 00 01 00 00
        """))
    #expect(Array(bytes[0x6C..<0x6C + 80]) == expected)
    #expect(Array(bytes[0x60..<0x6C]) == Hex.bytes("04 00 00 00 99 88 66 22 01 00 00 00"))
    let archive = try read(bytes)
    #expect(archive.description == "MTK_AllInOne_DA_v3.3001.flashctl-sim" && !archive.isXML && archive.remarks.isEmpty)
    let entry = try #require(archive.entries.first)
    #expect(entry.hardwareCode == 0x6580 && entry.hardwareSubCode == 0x8A00 && entry.hardwareVersion == 0xCA00)
    #expect(entry.featureSet == 0x1000 && entry.stages == (1, 2) && archive.entryByteCount == 220)
    #expect(entry.regions.map(\.unsignedByteCount) == [4, 64, 128])
    #expect(try archive.content(of: entry.regions[1]).prefix(65) == [UInt8](repeating: 0xC0, count: 64) + [0])
  }

  @Test func `the entry of a real V3 archive reads as its table`() throws {
    let hex = """
      DA DA 80 65 00 00 00 CA 00 00 00 00 00 10 00 00 00 00 03 00
      6C 37 00 00 70 02 00 00 00 00 00 50 00 00 00 00 00 00 00 00
      DC 39 00 00 80 13 01 00 00 00 20 00 80 12 01 00 00 01 00 00
      5C 4D 01 00 50 97 03 00 00 00 00 80 50 96 03 00 00 01 00 00
      """
    var bytes = Array(AgentSamples.synthetic.prefix(0x6C)) + (try #require(Hex.bytes(hex)))
    bytes += [UInt8](repeating: 0, count: 320_684 - bytes.count)
    let archive = try read(bytes)
    let regions = try #require(archive.entries.first).regions
    #expect(
      regions.map(\.offset) == [0x376C, 0x39DC, 0x14D5C] && regions.map(\.byteCount) == [0x270, 0x11380, 0x39750])
    #expect(regions[2].range?.upperBound == 320_684 && archive.remarks.isEmpty)
  }

  @Test func `the entry of a real V6 archive has absolute signatures and its first stage twice`() throws {
    let hex = """
      DA DA 29 12 00 8A 00 CA 00 00 00 00 00 00 00 00 00 00 03 00
      BC 00 00 00 00 6E 09 00 00 00 00 02 BC 6D 09 00 00 01 00 00
      BC 00 00 00 00 6E 09 00 00 00 00 02 BC 6D 09 00 00 01 00 00
      BC 6E 09 00 30 99 05 00 00 00 00 40 EC 06 0F 00 00 01 00 00
      """
    var bytes = AgentSamples.archive([], description: "MTK_DA_v6_2023-12-07 18:29:49") + (try #require(Hex.bytes(hex)))
    bytes[0x68] = 1
    bytes += [UInt8](repeating: 0, count: 0x96EBC + 0x59930 - bytes.count)
    let archive = try read(bytes)
    #expect(archive.isXML && archive.remarks.isEmpty)
    let entry = try #require(archive.entries.first)
    #expect(entry.roles { _ in false } == [.duplicate, .stage1, .stage2])
    #expect(entry.regions.map(\.loadAddress) == [0x200_0000, 0x200_0000, 0x4000_0000])
  }

  @Test func `six regions of a modem start at the entry's region`() throws {
    var regions = [0x0401_5000, 0, 0x0400_8000, 0x2_0000, 0xF000_0000, 0xF100_0000].enumerated().map { index, address in
      AgentSamples.Region(
        offset: 0x1000 + index * 0x100, loadAddress: UInt32(address), content: [UInt8](repeating: 1, count: 36))
    }
    regions[1].content = []
    let archive = try read(AgentSamples.archive([AgentSamples.Entry(code: 0x2523, first: 2, regions: regions)]))
    let entry = try #require(archive.entries.first)
    #expect(entry.roles { _ in true } == [.environment, .empty, .stage1, .stage2, .flashTable, .terminator])
    #expect(entry.stages == (2, 3))
  }

  @Test func `entries of 216 bytes are told by the second one's magic`() throws {
    let entries = [0x6575, 0x6577].map { code in
      AgentSamples.Entry(
        code: UInt16(code),
        regions: [AgentSamples.Region(offset: 0x400, loadAddress: 0x9000_6000, content: [1, 2, 3, 4])])
    }
    let archive = try read(AgentSamples.archive(entries, stride: 0xD8))
    #expect(archive.entryByteCount == 216 && archive.entries.map(\.hardwareCode) == [0x6575, 0x6577])
    #expect(archive.entries[0].regions.first?.loadAddress == 0x9000_6000 && archive.entries[0].softwareVersion == 0)
  }

  @Test func `odd entries are left out or remarked, broken ones refused`() throws {
    let good = AgentSamples.Entry(
      code: 0x6580, regions: [AgentSamples.Region(offset: 0x400, loadAddress: 0, content: [1, 2, 3, 4])])
    var bad = good
    bad.magic = 0x1234
    let archive = try read(AgentSamples.archive([good, bad, good]))
    #expect(archive.entries.map(\.index) == [0, 2] && archive.remarks == [.badMagic(entry: 1, magic: 0x1234)])
    var outside = good
    outside.regions[0].statedByteCount = .max
    #expect(try read(AgentSamples.archive([outside])).remarks == [.regionOutside(entry: 0, region: 0)])
    let beyond = try read(AgentSamples.archive([outside]))
    #expect(throws: ImageError.self) { try beyond.content(of: beyond.entries[0].regions[0]) }
    var elsewhere = good
    elsewhere.regions[0].signaturePosition = 7
    elsewhere.regions[0].signatureByteCount = 2
    #expect(
      try read(AgentSamples.archive([elsewhere])).remarks == [.signatureElsewhere(entry: 0, region: 0, position: 7)])
    elsewhere.regions[0].signatureByteCount = 9
    #expect(try read(AgentSamples.archive([elsewhere])).remarks == [.signatureTooLong(entry: 0, region: 0)])
    for count in [0, 11, 0xFFFF] as [UInt16] {
      var entry = good
      entry.statedRegionCount = count
      #expect(refusal(AgentSamples.archive([entry, good])) != nil)
    }
    let unended = AgentSamples.archive([good], description: String(repeating: "x", count: 64))
    #expect(try read(unended).remarks == [.unterminatedDescription])
  }

  @Test func `identifier, magic and number of entries have to be right`() {
    var bytes = AgentSamples.synthetic
    bytes[0x64] = 0
    #expect(refusal(bytes) == .malformed(path: "DA.bin", offset: 0x64, reason: "agent file magic 0x22668800"))
    bytes = AgentSamples.synthetic
    bytes.replaceSubrange(0x68..<0x6C, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(refusal(bytes) != nil)
    bytes.replaceSubrange(0x68..<0x6C, with: [0x00, 0x04, 0, 0])
    // 1024 entries do not fit: refused by what is there, not by what is said.
    #expect(refusal(bytes) != nil)
    for count in [0, 10, 0x60, 0x6B, 0x70, 0x90] {
      #expect(refusal(Array(AgentSamples.synthetic.prefix(count))) != nil)
    }
  }

  @Test func `the entry for a chip is the exact one, else the latest that is not too late`() throws {
    func entry(
      _ code: UInt16, _ hardware: UInt16, _ software: UInt16 = 0, sub: UInt16 = 0x8A00, feature: UInt32 = 0x1000
    )
      -> AgentSamples.Entry
    {
      AgentSamples.Entry(
        code: code, subCode: sub, hardware: hardware, software: software, featureSet: feature,
        regions: [AgentSamples.Region(offset: 0x900, loadAddress: 0, content: [1])])
    }
    let phones = try read(
      AgentSamples.archive([
        entry(0x6575, 0xCA00, 0xE100), entry(0x6575, 0xCB00, 0xE201), entry(0x6577, 0xCA00, 0xE100),
        entry(0x6765, 0xCA00),
      ])
    ).entries
    func chosen(_ device: AgentSelection.Device) -> Int? { AgentSelection(phones, for: device).chosen?.index }
    #expect(
      chosen(.init(hardwareCode: 0x6575, hardwareSubCode: 0x8A00, hardwareVersion: 0xCA00, softwareVersion: 0xE100))
        == 0)
    #expect(chosen(.init(hardwareCode: 0x6575, hardwareVersion: 0xCB00, softwareVersion: 0xE300)) == 1)
    #expect(chosen(.init(hardwareCode: 0x6575, hardwareVersion: 0xC900, softwareVersion: 0)) == nil)
    // MT6765 answers 0766 and is listed under its marketing number.
    #expect(chosen(.init(hardwareCode: 0x0766, hardwareVersion: 0xCA00)) == 3)
    let rejections = AgentSelection(
      phones, for: .init(hardwareCode: 0x6575, hardwareVersion: 0xCA00, softwareVersion: 0xE000)
    ).rejections
    #expect(
      rejections.map(\.reason) == [
        .laterSoftware(0xE100), .laterHardware(0xCB00), .otherCode(0x6577), .otherCode(0x6765),
      ])
    let modems = try read(
      AgentSamples.archive([
        entry(0x2523, 0, sub: 0x8000, feature: 1), entry(0x2523, 0, sub: 0x8100),
        entry(0x2523, 0, sub: 0x8000, feature: 0),
      ])
    ).entries
    #expect(AgentSelection(modems, for: .init(hardwareCode: 0x2523, hardwareSubCode: 0x8000)).chosen?.index == 2)
    #expect(AgentSelection(modems, for: .init(hardwareCode: 0x2523, hardwareSubCode: 0x8300)).chosen == nil)
  }

  @Test func `chips have names and the codes of agent files`() {
    #expect(AgentChip.all.count == 89)
    #expect(AgentChip.named(byHardwareCode: 0x0707)?.agentCode == 0x6768)
    #expect(AgentChip.listed(under: 0x6765).map(\.names) == ["MT6765, MT8768"])
    #expect(AgentChip.listed(under: 0x1229).first?.generation == .v6)
    #expect(Set(AgentChip.all.map(\.hardwareCode)).count == AgentChip.all.count)
  }

  @Test func `flash tables end with their terminator`() {
    var record: [UInt8] = []
    for half in [0x00D9, 0] as [UInt16] { record.append(littleEndian: half) }
    record += [UInt8](repeating: 0, count: 12)
    for half in [1, 0x00C2, 0x0025, 0x0034] as [UInt16] { record.append(littleEndian: half) }
    record += [UInt8](repeating: 0, count: 12)
    let table = AgentFlashTable(record + [UInt8](repeating: 0xFF, count: 36) + record)
    #expect(table.chips.count == 1 && table.isTerminated && record.count == 36)
    #expect(table.chip(reported: [0x00, 0xC2, 0x00, 0x25, 0x00, 0x34])?.index == 0xD9)
    #expect(table.chip(reported: [0x00, 0xC2]) == nil)
    #expect(!AgentFlashTable(Array(record.prefix(35))).isTerminated)
  }
}
