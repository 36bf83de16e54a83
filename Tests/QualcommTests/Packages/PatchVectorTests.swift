import FlashCore
import FlashImages
import Qualcomm
import Testing
import WireFormat

/// `docs/protocols/qualcomm-packages.md` 17, byte for byte.
@Suite struct PatchVectorTests {
  private let type = Hex.bytes("AF3DC60F838472478E793D69D8477DE4") ?? []
  private let patches: [(start: String, offset: Int, count: Int, value: String, place: Int, bytes: String)] = [
    ("2", 168, 8, "NUM_DISK_SECTORS-34.", 1192, "de4f000000000000"),
    ("NUM_DISK_SECTORS-33.", 168, 8, "NUM_DISK_SECTORS-34.", 10_469_032, "de4f000000000000"),
    ("1", 48, 8, "NUM_DISK_SECTORS-34.", 560, "de4f000000000000"),
    ("NUM_DISK_SECTORS-1.", 48, 8, "NUM_DISK_SECTORS-34.", 10_485_296, "de4f000000000000"),
    ("1", 32, 8, "NUM_DISK_SECTORS-1.", 544, "ff4f000000000000"),
    ("NUM_DISK_SECTORS-1.", 24, 8, "NUM_DISK_SECTORS-1.", 10_485_272, "ff4f000000000000"),
    ("NUM_DISK_SECTORS-1", 72, 8, "NUM_DISK_SECTORS-33.", 10_485_320, "df4f000000000000"),
    ("1", 88, 4, "CRC32(2,512)", 600, "33a65d68"),
    ("NUM_DISK_SECTORS-1.", 88, 4, "CRC32(NUM_DISK_SECTORS-33.,512)", 10_485_336, "33a65d68"),
    ("1", 16, 4, "0", 528, "fb96b432"),
    ("1", 16, 4, "CRC32(1,92)", 528, "fb96b432"),
    ("NUM_DISK_SECTORS-1.", 16, 4, "0", 10_485_264, "b2f50f88"),
    ("NUM_DISK_SECTORS-1.", 16, 4, "CRC32(NUM_DISK_SECTORS-1.,92)", 10_485_264, "b2f50f88"),
  ]

  private func entry(_ name: String, _ first: UInt64, _ last: UInt64, _ number: UInt8) -> [UInt8] {
    var bytes = type + [UInt8](repeating: 0x11, count: 15) + [number]
    for field in [first, last, 0] { bytes.append(littleEndian: field) }
    for unit in name.utf16 { bytes.append(littleEndian: unit) }
    return bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
  }

  private func header(my: UInt64, alternate: UInt64, array: UInt64, entries: [UInt8]) -> [UInt8] {
    var bytes = Array("EFI PART".utf8)
    for field in [0x10000, 92, 0, 0] as [UInt32] { bytes.append(littleEndian: field) }
    for field in [my, alternate, 34, 0] { bytes.append(littleEndian: field) }
    bytes += (0..<16).map { UInt8($0) }
    bytes.append(littleEndian: array)
    for field in [4, 128, CRC32(of: entries.rawSpan).value] as [UInt32] { bytes.append(littleEndian: field) }
    var checksum: [UInt8] = []
    checksum.append(littleEndian: CRC32(of: bytes.rawSpan).value)
    bytes.replaceSubrange(16..<20, with: checksum)
    return bytes + [UInt8](repeating: 0, count: 512 - bytes.count)
  }

  private func package() throws -> PackageFolder {
    let folder = try PackageFolder()
    let entries = entry("boot", 34, 1057, 1) + entry("userdata", 1058, 1057, 2) + [UInt8](repeating: 0, count: 256)
    let array = entries + [UInt8](repeating: 0, count: 32 * 512 - entries.count)
    let primary = header(my: 1, alternate: 0, array: 2, entries: entries)
    #expect(Hex.string(primary[16..<20]) == "E736AA7D")
    #expect(Hex.string(primary[88..<92]) == "6F3D4282")
    try folder.write([UInt8](repeating: 0, count: 512) + primary + array, to: "gpt_main0.bin")
    try folder.write(array + header(my: 0, alternate: 1, array: 0, entries: entries), to: "gpt_backup0.bin")
    try folder.write(Array(repeating: 0xB0, count: 1000), to: "boot.img")
    try folder.data(
      program("boot", file: "boot.img", count: "1024"), program("userdata", start: "1058", count: "0"),
      program("PrimaryGPT", file: "gpt_main0.bin", start: "0", count: "34"),
      program("BackupGPT", file: "gpt_backup0.bin", start: "NUM_DISK_SECTORS-33.", count: "33"))
    let rows = patches.map { row in
      "<patch SECTOR_SIZE_IN_BYTES='512' byte_offset='\(row.offset)' filename='DISK' physical_partition_number='0' "
        + "size_in_bytes='\(row.count)' start_sector='\(row.start)' value='\(row.value)'/>"
        + "<patch SECTOR_SIZE_IN_BYTES='512' byte_offset='0' filename='gpt_main0.bin' physical_partition_number='0' "
        + "size_in_bytes='4' start_sector='1' value='0'/>"
    }
    try folder.write("<patches>" + rows.joined() + "</patches>", to: "patch0.xml")
    return folder
  }

  @Test func `a package with its patches becomes the disk of the specification`() async throws {
    let folder = try package()
    let plan = try folder.plan()
    #expect(plan.steps.count == 3 + patches.count)
    let target = DiskImageTarget(
      ["0": try DiskImage(path: folder.path("disk.img"), byteCount: 20480 * 512, sectorByteCount: 512)],
      family: plan.family)
    _ = try await PlanRunner().run(plan, on: target)
    let disk = try folder.read("disk.img")
    #expect(disk.count == 20480 * 512)
    for row in patches {
      #expect(
        Hex.string(disk[row.place..<row.place + row.count]).lowercased() == row.bytes, "\(row.start) \(row.value)")
    }
    #expect(
      Hex.string(disk[512..<604])
        == "4546492050415254000001005C000000FB96B432000000000100000000000000FF4F0000000000002200000000000000"
        + "DE4F000000000000000102030405060708090A0B0C0D0E0F0200000000000000040000008000000033A65D68")
    #expect(
      Hex.string(disk[10_485_248..<10_485_340])
        == "4546492050415254000001005C000000B2F50F8800000000FF4F00000000000001000000000000002200000000000000"
        + "DE4F000000000000000102030405060708090A0B0C0D0E0FDF4F000000000000040000008000000033A65D68")
    #expect(disk[17408..<18408].allSatisfy { $0 == 0xB0 })
    #expect(disk[18408..<18432].allSatisfy { $0 == 0 })
  }

  @Test func `patches of firehose 4,6 come out as there`() async throws {
    let folder = try PackageFolder()
    var main = [UInt8](repeating: 0, count: 3 * 512)
    let start = try #require(
      Hex.bytes(
        "4546492050415254000001005C0000000000000000000000010000000000000000000000000000002200000000000000"
          + "0000000000000000222211113333444455556666777788880200000000000000040000008000000000000000"))
    main.replaceSubrange(512..<512 + start.count, with: start)
    let entry = try #require(
      Hex.bytes(
        "A2A0D0EBE5B9334487C068B6B72699C70000000000000000000000000000000140000000000000000000000000000000"
          + "00000000000000006400610074006100"))
    main.replaceSubrange(1024..<1024 + entry.count, with: entry)
    try folder.write(main, to: "m.bin")
    let rows: [(String, Int, Int, String)] = [
      ("2", 40, 8, "NUM_DISK_SECTORS-34."), ("1", 48, 8, "NUM_DISK_SECTORS-34."), ("1", 32, 8, "NUM_DISK_SECTORS-1."),
      ("1", 88, 4, "CRC32(2,512)"), ("1", 16, 4, "0"), ("1", 16, 4, "CRC32(1,92)"),
    ]
    let patches = rows.map {
      "<patch SECTOR_SIZE_IN_BYTES='512' start_sector='\($0)' byte_offset='\($1)' size_in_bytes='\($2)' value='\($3)' "
        + "filename='DISK'/>"
    }
    try folder.data(program("head", file: "m.bin", start: "0", count: "3"), patches.joined())
    let plan = try folder.plan()
    let image = try DiskImage(path: folder.path("d.img"), byteCount: 1024 * 512, sectorByteCount: 512)
    _ = try await PlanRunner().run(plan, on: DiskImageTarget(["0": image], family: plan.family))
    let disk = try folder.read("d.img")
    #expect(Hex.string(disk[528..<532]) == "E66DC089")
    #expect(Hex.string(disk[600..<604]) == "52796C64")
    #expect(Hex.string(disk[1064..<1072]) == "DE03000000000000")
  }
}
