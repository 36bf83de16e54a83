import FlashImages
import Testing
import WireFormat

@Suite("Partition tables: damage and hostility")
struct GPTHostileTests {
  typealias Sample = GPTSample

  /// A small disk: 1 MiB, so that many damages are tried in little time.
  private func small() throws -> [UInt8] { try Sample.disk(sectors: 2048) }

  private func defects(_ bytes: [UInt8]) -> (primary: GPTDefect, backup: GPTDefect)? {
    do {
      _ = try Sample.read(bytes, unit: 512)
      return nil
    } catch GPTEditError.noTable(let primary, let backup) {
      return (primary, backup)
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  @Test(
    "each negative vector is refused with its reason, and the backup is used",
    arguments: [
      ("signature", .noSignature(lba: 1)), ("checksum", .headerChecksum(stored: 1, computed: 0)),
      ("array", .arrayChecksum(stored: 0, computed: 0)), ("size91", .headerSize(91)), ("size513", .headerSize(513)),
      ("lba", .wrongLBA(stored: 2, expected: 1)), ("entry127", .entrySize(127)),
      ("entry129", .entrySize(129)), ("count", .entryCount(.max)),
      ("outside", .arrayOutside(lba: 2040, sectors: 32, total: 2048)),
      ("farOutside", .arrayOutside(lba: .max, sectors: 32, total: 2048)),
    ] as [(String, GPTDefect)])
  func negative(name: String, expected: GPTDefect) throws {
    let disk = try small()
    let damaged =
      switch name {
      case "signature": SparseVectors.setting(disk, 519, UInt8(ascii: "U"))
      case "checksum": SparseVectors.setting(disk, 512 + 16, UInt32(1))
      case "array": SparseVectors.setting(disk, 1024 + 60, UInt8(7))
      case "size91": Sample.settingHeader(disk, 12, UInt32(91))
      case "size513": Sample.settingHeader(disk, 12, UInt32(513))
      case "lba": Sample.settingHeader(disk, 24, UInt64(2))
      case "entry127": Sample.settingHeader(disk, 84, UInt32(127))
      case "entry129": Sample.settingHeader(disk, 84, UInt32(129))
      case "count": Sample.settingHeader(disk, 80, UInt32.max)
      case "outside": Sample.settingHeader(disk, 72, UInt64(2040))
      default: Sample.settingHeader(disk, 72, UInt64.max)
      }
    let read = try Sample.read(damaged, unit: 512)
    let defect = try #require(read.primary.defect)
    switch (defect, expected) {
    case (.headerChecksum(let stored, _), .headerChecksum): #expect(stored == 1)
    case (.arrayChecksum, .arrayChecksum): break
    default: #expect(defect == expected)
    }
    #expect(read.findings.contains(.primaryDamaged(defect)))
    #expect(read.table.partitions.count == 2)
    // Repairing makes the disk whole again.
    #expect(Sample.disk(try read.repairs() + [], sectors: 2048).dropFirst(512) == disk.dropFirst(512))
  }

  @Test func `a damaged backup, an old one and none at all are told apart`() throws {
    let disk = try small()
    let damaged = try Sample.read(SparseVectors.setting(disk, 2047 * 512, UInt8(0)))
    #expect(damaged.findings == [.backupDamaged(.noSignature(lba: 2047))])
    #expect(try damaged.repairs().map(\.part) == [.backupArray, .backupHeader, .primaryArray, .primaryHeader])
    let both = SparseVectors.setting(SparseVectors.setting(disk, 2047 * 512, UInt8(0)), 512, UInt8(0))
    #expect(defects(both)?.primary == .noSignature(lba: 1))
    #expect(defects(both)?.backup == .noSignature(lba: 2047))
    var other = try Sample.builder(512, 2048).table(of: Sample.partitions())
    try other.entries[0].rename("boot_x")
    let writes = try other.layout(sectorCount: 2048).filter { $0.part == .backupArray || $0.part == .backupHeader }
    var differing = disk
    for write in writes {
      differing.replaceSubrange(Int(write.lba) * 512..<Int(write.lba) * 512 + write.bytes.count, with: write.bytes)
    }
    let read = try Sample.read(differing)
    #expect(read.findings == [.copiesDiffer("entry 0 (boot_a)")])
    #expect(read.table.partition(named: "boot_a") != nil)
    #expect(try Sample.disk(read.repairs(), sectors: 2048).dropFirst(512) == disk.dropFirst(512))
  }

  @Test func `a table for other sectors is named, and never used`() throws {
    let disk = try small()
    #expect(throws: GPTEditError.noTable(primary: .otherSectorSize(found: 512), backup: .noSignature(lba: 255))) {
      try Sample.read(disk, unit: 4096)
    }
    let large = try Sample.disk(unit: 4096, sectors: 4096)
    #expect(throws: GPTEditError.self) { try Sample.read(large, unit: 512) }
    #expect(try Sample.read(large).sectorByteCount == 4096)
    // Only the backup's signature is left to tell the size.
    #expect(try Sample.read(SparseVectors.setting(large, 4096, UInt8(0))).sectorByteCount == 4096)
  }

  @Test func `every truncation and every changed byte of the headers gives an error or a table`() throws {
    let disk = try small()
    for cut in [0, 1, 511, 512, 513, 604, 1023, 1024, 1100, 17407, 17408, 17409, 500_000, disk.count - 1] {
      _ = try? Sample.read(Array(disk.prefix(cut)))
      _ = defects(Array(disk.prefix(cut)))
    }
    for offset in 512..<604 {
      for value in [UInt8(0), 0x7F, 0x80, 0xFF] {
        let changed = SparseVectors.setting(disk, offset, value)
        #expect(try Sample.read(changed, unit: 512).table.partitions.count == 2)
      }
    }
  }

  @Test func `header fields at their extremes, with right checksums, never trap`() throws {
    let disk = try small()
    for offset in [24, 32, 40, 48, 72] {
      for value in [0, 1, 2, 33, 2047, 2048, UInt64(1) << 55, .max - 1, .max] {
        let changed = Sample.settingHeader(disk, offset, value)
        guard let read = try? Sample.read(changed, unit: 512) else { continue }
        _ = try? read.repairs()
        var table = read.table
        _ = try? table.grow(to: read.sectorCount, force: true)
        _ = try? table.layout(sectorCount: .max)
      }
    }
  }

  @Test func `entries at their extremes are shown as what they are`() throws {
    var table = try Sample.builder(512, 2048).table(of: Sample.partitions())
    let ranges: [(UInt64, UInt64)] = [(0, .max), (.max, 0), (5, 4), (0, 0), (40, 30), (1, 5000), (.max, .max)]
    for (index, range) in ranges.enumerated() {
      table.entries[index].type = .linuxData
      table.entries[index].firstLBA = range.0
      table.entries[index].lastLBA = range.1
      try table.entries[index].rename("p\(index)")
    }
    let sane = try Sample.builder(512, 2048).table(of: Sample.partitions())
    var disk = Sample.disk(try sane.layout(sectorCount: 2048), sectors: 2048)
    let array = table.entries.flatMap(\.bytes)
    disk.replaceSubrange(1024..<1024 + array.count, with: array)
    disk = Sample.settingHeader(disk, 88, CRC32(of: array.rawSpan).value)
    let read = try Sample.read(disk)
    let invalid = read.findings.compactMap { if case .invalidRange(let name, _, _) = $0 { name } else { nil } }
    #expect(invalid == ["p0", "p1", "p4", "p5", "p6"])
    #expect(read.findings.contains(.emptyPartition("p2")))
    #expect(throws: GPTEditError.self) { try read.repairs() }
  }

  @Test func `unused entries are holes, not the end; names end at NUL and may be odd`() throws {
    var table = try Sample.builder(512, 2048).table(of: Sample.partitions())
    table.entries.swapAt(0, 7)
    var odd = GPTEntry(bytes: SparseVectors.setting(table.entries[1].bytes, 56, UInt16(0xD800))) ?? GPTEntry()
    odd.firstLBA = 2000
    odd.lastLBA = 2001
    table.entries[3] = odd
    let read = try Sample.read(Sample.disk(try table.layout(sectorCount: 2048), sectors: 2048))
    #expect(read.table.partitions.map(\.index) == [1, 3, 7])
    #expect(read.table.partition(named: "BOOT_A")?.index == 7)
    #expect(read.table.partitions[1].entry.name.hasPrefix("\u{FFFD}"))
    var long = GPTEntry()
    try long.rename(String(repeating: "x", count: 36))
    #expect(long.name.count == 36)
    #expect(throws: GPTEditError.nameTooLong(String(repeating: "x", count: 37))) {
      try long.rename(String(repeating: "x", count: 37))
    }
    let junk = SparseVectors.setting(SparseVectors.setting(long.bytes, 60, UInt16(0)), 62, UInt16(0x41))
    #expect(GPTEntry(bytes: junk)?.name == "xx")
  }

  @Test func `a checksum over whole sectors is accepted and put right`() throws {
    var disk = try Sample.disk(unit: 512, sectors: 2048, entries: 6)
    let sectors = Array(disk[1024..<1024 + 1024])
    disk = Sample.settingHeader(disk, 88, CRC32(of: sectors.rawSpan).value)
    let read = try Sample.read(disk)
    #expect(read.findings.contains(.checksumOverSectors))
    #expect(try !read.repairs().isEmpty)
  }

  @Test func `overlaps, doubled names and hybrid boot records are found`() throws {
    var table = try Sample.builder(512, 2048).table(of: Sample.partitions())
    table.entries[5] = table.entries[0]
    var disk = Sample.disk(try table.layout(sectorCount: 2048), sectors: 2048)
    disk.replaceSubrange(0..<512, with: MBR.protective(sectorCount: 2048))
    disk[462 + 4] = 0x83
    disk[462 + 12] = 1
    let found = try Sample.read(disk).findings
    #expect(found.contains(.overlap("boot_a", "boot_a")))
    #expect(found.contains(.duplicateName("boot_a")))
    #expect(found.contains(.hybridMBR))
    #expect(try Sample.read(disk).table.partition(named: "boot_a@6")?.index == 5)
  }

  @Test func `switching slots needs to know which is active`() throws {
    let table = try Sample.builder(512, 2048).table(of: [
      .init(name: "xbl_a", sectorCount: 1), .init(name: "modem", sectorCount: 1),
    ])
    let second = try Sample.builder(512, 2048).table(of: [.init(name: "xbl_b", type: .basicData, sectorCount: 1)])
    var slots = GPTSlots([table, second])
    #expect(slots.current == nil)
    #expect(throws: GPTEditError.activeSlotUnknown(pair: "xbl")) { try slots.activate(.b) }
    #expect(slots.tables == [table, second])
    #expect(try slots.activate(.b, assumingA: true) == [0, 1])
    #expect(slots.tables[1].entries[0].type == .linuxData && slots.current == .b)
    #expect(try slots.activate(.b) == [])
    var none = GPTSlots([second])
    #expect(throws: GPTEditError.noSlots) { try none.activate(.a) }
  }

  @Test(arguments: GPTSlots.Slot.allCases)
  func `a change that was cut off between two tables leaves one that boots, and is finished by doing it again`(
    slot: GPTSlots.Slot
  ) throws {
    func slotted(_ name: String, _ active: Bool) -> GPTBuilder.Partition {
      GPTBuilder.Partition(
        name: name, type: active ? .linuxData : .basicData, sectorCount: 1,
        attributes: GPTAttributes(rawValue: active ? 0x3F << 48 : 0))
    }
    let (a, b) = (slot == .b, slot == .a)
    let before = try [[slotted("xbl_a", a)], [slotted("xbl_b", b)], [slotted("boot_a", a), slotted("boot_b", b)]].map {
      try Sample.builder(512, 2048).table(of: $0)
    }
    var whole = GPTSlots(before)
    let order = whole.writingOrder(try whole.activate(slot), to: slot)
    #expect(order == (slot == .b ? [1, 2, 0] : [0, 2, 1]))
    for count in 1..<order.count {
      var tables = before
      for number in order.prefix(count) { tables[number] = whole.tables[number] }
      var half = GPTSlots(tables)
      let chosen = try #require(half.pairs.first { $0.name == "xbl" })
      let place = slot == .a ? chosen.a : chosen.b
      #expect(tables[place.table].entries[place.index].attributes.isActiveSlot)
      #expect(!half.dissenting.isEmpty)
      _ = try half.activate(slot)
      #expect(half.tables == whole.tables && half.dissenting.isEmpty)
    }
  }
}
