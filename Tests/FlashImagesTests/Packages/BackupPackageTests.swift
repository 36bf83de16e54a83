import FlashImages
import Testing
import WireFormat

/// `docs/protocols/qualcomm-packages.md` 14 and 6.3.
@Suite struct BackupPackageTests {
  private func section(
    _ number: UInt32 = 0, size: Int = 512, count: UInt64 = 20480, _ partitions: [GPTBuilder.Partition]
  ) throws -> BackupPackage.Section {
    let builder = GPTBuilder(sectorByteCount: size, sectorCount: count, name: "disk\(number)")
    return BackupPackage.Section(
      number: number, sectorByteCount: UInt64(size), sectorCount: count, table: try builder.table(of: partitions))
  }

  @Test func `names every piece, and leaves out what is skipped`() throws {
    let package = BackupPackage(
      sections: [
        try section(
          0, [.init(name: "boot", sectorCount: 64), .init(name: "a/b", sectorCount: 8), .init(name: "userdata")]),
        try section(1, size: 4096, count: 512, [.init(name: "BOOT", sectorCount: 4), .init(name: "", sectorCount: 4)]),
        BackupPackage.Section(number: 2, sectorByteCount: 512, sectorCount: 100, table: nil),
      ], skipping: ["userdata"])
    #expect(
      package.pieces.map(\.fileName) == [
        "boot_lun0.bin", "a_b.bin", "", "gpt_main0.bin", "gpt_backup0.bin", "BOOT_lun1.bin", "part1.bin",
        "gpt_main1.bin",
        "gpt_backup1.bin", "lun2.bin",
      ])
    #expect(package.pieces[0].byteRange == 34 * 512..<98 * 512)
    #expect(package.pieces[3].byteRange == 0..<34 * 512)
    #expect(package.pieces[4].byteRange == 20447 * 512..<20480 * 512)
    #expect(package.pieces[7].sectorCount == 6)
    #expect(package.pieces[8].sectorCount == 5)
    #expect(package.pieces[2].byteRange.isEmpty)
  }

  @Test func `writes a rawprogram that the reader takes without remark`() throws {
    let package = BackupPackage(sections: [
      try section(0, [.init(name: "boot", sectorCount: 64), .init(name: "userdata")])
    ])
    let text = package.descriptors[0]
    #expect(text.name == "rawprogram0.xml")
    let file = try PackageText.program(String(decoding: text.bytes, as: UTF8.self))
    #expect(file.remarks.isEmpty)
    #expect(file.programs.map(\.label) == ["boot", "userdata", "PrimaryGPT", "BackupGPT"])
    #expect(file.programs[3].area.start.text == "NUM_DISK_SECTORS-33.")
    let line = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")[3]
    #expect(
      line
        == #"<program SECTOR_SIZE_IN_BYTES="512" file_sector_offset="0" filename="boot.bin" label="boot" num_partition_sectors="64" partofsingleimage="false" physical_partition_number="0" readbackverify="false" size_in_KB="32.0" sparse="false" start_byte_hex="0x4400" start_sector="34" />"#
    )
  }

  @Test func `writes the standard patches, for the growing entry too`() throws {
    let package = BackupPackage(sections: [
      try section(0, [.init(name: "boot", sectorCount: 64), .init(name: "userdata")])
    ])
    let file = try PackageText.program(String(decoding: package.descriptors[1].bytes, as: UTF8.self))
    #expect(file.kind == .patch)
    let rows = file.elements.compactMap { element -> String? in
      guard case .patch(let patch) = element.action else { return nil }
      return "\(patch.area.start) \(patch.byteOffset) \(patch.byteCount) \(patch.value)"
    }
    #expect(
      rows == [
        "2 168 8 NUM_DISK_SECTORS-34.", "NUM_DISK_SECTORS-33. 168 8 NUM_DISK_SECTORS-34.",
        "1 48 8 NUM_DISK_SECTORS-34.", "NUM_DISK_SECTORS-1. 48 8 NUM_DISK_SECTORS-34.",
        "1 32 8 NUM_DISK_SECTORS-1.", "NUM_DISK_SECTORS-1. 24 8 NUM_DISK_SECTORS-1.",
        "NUM_DISK_SECTORS-1. 72 8 NUM_DISK_SECTORS-33.", "1 88 4 CRC32(2,16384)",
        "NUM_DISK_SECTORS-1. 88 4 CRC32(NUM_DISK_SECTORS-33.,16384)", "1 16 4 0", "1 16 4 CRC32(1,92)",
        "NUM_DISK_SECTORS-1. 16 4 0", "NUM_DISK_SECTORS-1. 16 4 CRC32(NUM_DISK_SECTORS-1.,92)",
      ])
    let fixed = BackupPackage(sections: [try section(0, [.init(name: "boot", sectorCount: 64)])])
    #expect(try PackageText.program(String(decoding: fixed.descriptors[1].bytes, as: UTF8.self)).elements.count == 11)
  }

  @Test func `survives tables that lie`() throws {
    var table = try GPTBuilder(sectorByteCount: 512, sectorCount: 1000, name: "x").table(of: [.init(name: "a")])
    table.firstUsableLBA = .max
    for index in 0..<3 {
      table.entries[index].type = .linuxData
      table.entries[index].firstLBA = .max - 1
      table.entries[index].lastLBA = .max
    }
    table.lastUsableLBA = .max
    for count: UInt64 in [0, 1, 5, 1000, .max] {
      let package = BackupPackage(
        sections: [.init(number: 0, sectorByteCount: 512, sectorCount: count, table: table)])
      _ = package.descriptors
      _ = package.pieces.map(\.byteRange)
      if count < .max { #expect(package.pieces.prefix(3).allSatisfy { $0.fileName.isEmpty }) }
    }
  }

  @Test func `reads its own manifest, and none whose files lie elsewhere`() throws {
    let manifest = BackupManifest(
      tool: "flashctl 1", device: ["serial": "1"], sections: [.init(name: "0", sectorByteCount: 512, sectorCount: 9)],
      files: [.init(name: "boot.bin", byteCount: 3, sha256: "00", section: "0", startSector: 34, label: "boot")])
    #expect(try BackupManifest(json: manifest.json(), path: "m") == manifest)
    var other = manifest
    other.files[0].name = "../boot.bin"
    #expect(throws: PackageError(.outsidePackage("../boot.bin"), at: PackagePlace(path: "m"))) {
      try BackupManifest(json: other.json(), path: "m")
    }
  }
}
