import FlashImages
import Testing
import WireFormat

@Suite struct `Preloaders and memory settings` {
  private func read(_ bytes: [UInt8]) throws -> PreloaderFile {
    try PreloaderFile(MemoryBytes(bytes, path: "preloader.bin"))
  }

  @Test func `the header of a real preloader reads as its table`() throws {
    let chain = try #require(GFHChain(AgentSamples.realInfo))
    let info = chain.info
    #expect(info.fileType == 1 && info.isBootLoader && info.deviceName == "eMMC boot" && info.signatureType == 3)
    #expect(info.loadAddress == 0x200D00 && info.fileByteCount == 0x1CFD4 && info.maximumByteCount == 0x40000)
    #expect(info.contentOffset == 0x300 && info.signatureByteCount == 0x124 && info.attributes == 1)
  }

  @Test func `the memory settings of a real preloader lie where the arithmetic says`() throws {
    let identity = AgentSamples.emmc
    let block = AgentSamples.memory(identities: [identity, identity, identity])
    #expect(block.count == 0x2A4)
    var bytes = AgentSamples.realInfo + [UInt8](repeating: 0, count: 0x1CFD4 - 56)
    bytes.replaceSubrange(0x1CC08..<0x1CEAC, with: block)
    bytes.replaceSubrange(0x1CEAC..<0x1CEB0, with: [0xA4, 0x02, 0, 0])
    let memory = try #require(try read(bytes).memory)
    #expect(memory.offset == 0x1CC08 && memory.bytes == block && memory.version == 21 && memory.records.count == 3)
    #expect(memory.project == "demo" && memory.remarks.isEmpty)
    let record = memory.records[0]
    #expect(
      Array(record.bytes.prefix(25))
        == Hex.bytes("00 00 00 00 03 02 00 00 09 00 00 00 00 00 00 00 15 01 00 46 45 36 32 4D 42"))
    #expect(record.memoryName == "LPDDR3" && record.package == .emmc && record.name == "FE62MB")
  }

  @Test func `a preloader tells its blocks, hints and where it would wait`() throws {
    let file = try read(AgentSamples.preloader(memory: AgentSamples.memory(identities: [AgentSamples.emmc])))
    #expect(file.offset == 0 && file.header == nil && file.remarks.isEmpty)
    #expect(file.headers.blocks.map(\.type) == [0, 7, 2])
    let config = try #require(file.headers.bootROM)
    #expect(config.flags == 0x190 && config.keyTimeout == 5000 && config.flagTimeout == 0x2FFFF && config.isAArch64)
    #expect(config.flagNames == ["USB auto-detect off", "KCOL0 timeout", "flag timeout"])
    #expect(file.platformHint == "MT6580" && file.projectHint == "demo")
    let closed = try read(AgentSamples.preloader(memory: nil, disablesUSB: true))
    #expect(closed.remarks == [.noMemorySettings, .bootROMCommandsDisabled])
  }

  @Test(arguments: [0x200, 0x800, 0x1000, 0x1400, 0x123, 0x1FFF1])
  func `the header is found wherever it lies`(offset: Int) throws {
    let plain = AgentSamples.preloader(memory: AgentSamples.memory(identities: [AgentSamples.emmc]))
    let file = try read([UInt8](repeating: 0x4D, count: offset) + plain)
    #expect(file.offset == UInt64(offset) && file.memory?.records.count == 1)
    #expect(file.loaderRange == UInt64(offset)..<UInt64(offset + plain.count))
  }

  @Test func `the header of a real boot section is read, and made byte for byte`() throws {
    let start = try #require(Hex.bytes("45 4D 4D 43 5F 42 4F 4F 54 00 00 00 01 00 00 00 00 02 00 00 FF"))
    let layout = try #require(
      Hex.bytes(
        "42 52 4C 59 54 00 00 00 01 00 00 00 00 08 00 00 00 9C 03 00 42 42 42 42 05 00 01 00 00 08 00 00 00 9C 03 00 01 00 00 00"
      ))
    let bytes = try #require(BootSectionHeader.emmc(loaderByteCount: 0x392BC))
    #expect(bytes.count == 0x800 && Array(bytes.prefix(21)) == start && Array(bytes[0x200..<0x228]) == layout)
    let header = try #require(BootSectionHeader(bytes))
    #expect(
      header.name == "EMMC_BOOT" && header.loaderOffset == 0x800 && header.loaderEnd == 0x39C00
        && header.deviceType == 5)
    let other = try #require(BootSectionHeader.emmc(loaderByteCount: 0x40000))
    #expect(
      Array(other[0x200..<0x228])
        == Hex.bytes(
          "42 52 4c 59 54 00 00 00 01 00 00 00 00 08 00 00 00 08 04 00 42 42 42 42 05 00 01 00 00 08 00 00 00 08 04 00 01 00 00 00"
        ))
    #expect(
      BootSectionHeader.emmc(loaderByteCount: 0) == nil && BootSectionHeader.emmc(loaderByteCount: 1 << 30) == nil)
  }

  @Test func `a dump of a boot section leads to the preloader in it`() throws {
    let plain = AgentSamples.preloader(memory: AgentSamples.memory(identities: [AgentSamples.emmc]))
    let dump =
      try #require(BootSectionHeader.emmc(loaderByteCount: plain.count)) + plain + [UInt8](repeating: 0, count: 512)
    let file = try read(dump)
    #expect(file.header?.name == "EMMC_BOOT" && file.offset == 0x800 && file.remarks == [.trailingBytes(512)])
    guard case .preloader? = try MediaTekFile(MemoryBytes(dump)) else { throw OtherKind() }
  }

  @Test func `padding behind the settings and a trailer behind the file are stepped over`() throws {
    let memory = AgentSamples.memory(identities: [AgentSamples.emmc])
    #expect(try read(AgentSamples.preloader(memory: memory, padding: true)).memory?.bytes == memory)
    #expect(try read(AgentSamples.preloader(memory: memory, trailer: 256)).remarks == [.trailingBytes(256)])
  }

  @Test func `lengths that do not fit are said and lead nowhere`() throws {
    let whole = AgentSamples.preloader(memory: AgentSamples.memory(identities: [AgentSamples.emmc]))
    let cut = try read(Array(whole.prefix(0x200)))
    #expect(cut.memory == nil && cut.remarks.contains(.truncated(stated: UInt64(whole.count), available: 0x200)))
    var wrong = whole
    wrong.replaceSubrange(0x2C..<0x30, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try read(wrong).remarks == [.inconsistentLengths, .noMemorySettings])
    #expect(throws: ImageError.self) { try read([UInt8](repeating: 0, count: 4096)) }
    #expect(throws: ImageError.self) { try read([]) }
  }

  @Test(
    "every version has its size of records",
    arguments: [
      (0, 140), (0, 188), (10, 184), (12, 188), (13, 188), (15, 176), (16, 188), (17, 176), (20, 188), (21, 188),
      (22, 176), (24, 164), (25, 160), (25, 144), (27, 188), (28, 144), (30, 160), (31, 160), (32, 188), (35, 160),
      (36, 160), (38, 160), (39, 160), (40, 160), (45, 160), (46, 160), (47, 160),
    ])
  func recordSizes(version: Int, size: Int) throws {
    let bytes = AgentSamples.memory(
      version: version, recordByteCount: size, identities: [AgentSamples.emmc, AgentSamples.emmc])
    let block = try #require(try EMIBlock(file: MemoryBytes(bytes)))
    #expect(block.version == version && block.recordByteCount == size && block.records.count == 2)
    #expect(block.remarks.isEmpty && block.records.allSatisfy { $0.identity == AgentSamples.emmc })
  }

  @Test(arguments: [
    (8, 136, 0x6C, 4), (11, 168, 0x14, 4), (14, 168, 0x14, 4), (49, 84, 4, 8), (51, 84, 4, 8), (52, 84, 4, 8),
  ])
  func `older and newer layouts keep their fields elsewhere`(version: Int, size: Int, length: Int, identity: Int) throws
  {
    var record = [UInt8](repeating: 0, count: size)
    record.replaceSubrange(0..<4, with: [0x05, 0x03, 0, 0])
    record[length] = 5
    record.replaceSubrange(identity..<identity + 5, with: Array("KM2V8".utf8))
    let bytes = AgentSamples.memory(version: version, identities: [], count: 1) + record
    let block = try #require(try EMIBlock(file: MemoryBytes(bytes)))
    #expect(block.records.count == 1 && block.remarks.isEmpty)
    #expect(block.records[0].package == .ufs && block.records[0].memoryName == "LPDDR4")
    #expect(block.records[0].name == "KM2V8")
  }

  @Test func `counts that are too large, cut records and unknown versions are said`() throws {
    let two = AgentSamples.memory(identities: [AgentSamples.emmc, AgentSamples.emmc], count: 18)
    let block = try #require(try EMIBlock(file: MemoryBytes(two)))
    #expect(block.records.count == 2 && block.remarks == [.fewerRecords(stated: 18, stored: 2)])
    let cut = try #require(try EMIBlock(file: MemoryBytes(Array(two.dropLast(0x18)))))
    #expect(cut.records.count == 1 && cut.bytes.count == two.count - 0x18)
    let unknown = try #require(try EMIBlock(file: MemoryBytes(AgentSamples.memory(version: 77, identities: [[1]]))))
    #expect(unknown.records.isEmpty && unknown.remarks == [.unknownVersion(77)])
    #expect(throws: ImageError.self) { try EMIBlock(file: MemoryBytes(Array(two.prefix(0x6F)))) }
    #expect(try EMIBlock(file: MemoryBytes([1, 2, 3])) == nil)
  }

  @Test func `a memory is matched by its CID in either order of bytes`() throws {
    let block = try #require(
      try EMIBlock(file: MemoryBytes(AgentSamples.memory(identities: [[1, 2, 3], AgentSamples.emmc]))))
    let cid = AgentSamples.emmc + [0x03, 0xA1, 0xB2, 0xC3, 0xD4, 0x56, 0x78]
    #expect(block.records(matching: cid) == [1])
    let swapped = stride(from: 0, to: 16, by: 4).flatMap { cid[$0..<$0 + 4].reversed() }
    #expect(block.records(matching: swapped) == [1])
    #expect(block.records(matching: [0x15, 0x01]) == [])
    let discrete = AgentSamples.memory(identities: [[]], type: 0x003)
    #expect(try EMIBlock(file: MemoryBytes(discrete))?.isDiscreteOnly == true)
    #expect(block.recordBytes.count == 2 * 188)
  }

  @Test func `authentication files and certificates are told by their type`() throws {
    for (type, purpose) in [(5, .authentication), (4, .certificate), (0xA, .certificate), (7, .environment)]
      as [(UInt16, GFHChain.Purpose)]
    {
      guard
        case .signed(let chain, _, _)? = try MediaTekFile(MemoryBytes(AgentSamples.preloader(memory: nil, type: type)))
      else { throw OtherKind() }
      #expect(chain.purpose == purpose)
    }
    #expect(try MediaTekFile(MemoryBytes([1, 2, 3])) == nil)
  }

  @Test func `every beginning of a file is read or refused, without harm`() throws {
    let files = [
      AgentSamples.synthetic.prefix(0x200).map { $0 }, AgentSamples.memory(identities: [AgentSamples.emmc]),
      AgentSamples.preloader(memory: AgentSamples.memory(identities: [AgentSamples.emmc])),
      try #require(BootSectionHeader.emmc(loaderByteCount: 512)),
    ]
    for file in files {
      for count in stride(from: 0, through: file.count, by: 7) {
        _ = try? MediaTekFile(MemoryBytes(Array(file.prefix(count))))
      }
    }
  }
}

private struct OtherKind: Error {}
