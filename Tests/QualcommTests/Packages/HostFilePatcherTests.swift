import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing
import WireFormat

/// Patches of files on the host: `docs/protocols/qualcomm-packages.md` 6.3 and 17.
@Suite struct HostFilePatcherTests {
  private func patch(_ file: String, _ sector: String, _ offset: Int, _ count: Int, _ value: String) -> String {
    "<patch SECTOR_SIZE_IN_BYTES=\"512\" byte_offset=\"\(offset)\" filename=\"\(file)\" "
      + "physical_partition_number=\"0\" size_in_bytes=\"\(count)\" start_sector=\"\(sector)\" value=\"\(value)\"/>"
  }

  private func patched(
    _ folder: PackageFolder, blocks: [String: UInt64] = [:]
  ) throws -> [HostFilePatcher.PatchedFile] {
    let request = PlanRequest(descriptors: [folder.path("patch0.xml")], reboots: false)
    let package = try #require(try QualcommPackage(request))
    return try HostFilePatcher(sectorCounts: ["0": 20480], blockCounts: blocks).files(of: package)
  }

  @Test func `fits the tables of a package to a disk as gpt grow does`() throws {
    let folder = try PackageFolder()
    let partitions: [GPTBuilder.Partition] = [.init(name: "boot", sectorCount: 1024), .init(name: "userdata")]
    let small = try GPTBuilder(sectorByteCount: 512, sectorCount: 10240, name: "x").table(of: partitions)
    let files = try small.files(sectorCount: 10240)
    try folder.write(files.main, to: "gpt_main0.bin")
    try folder.write(files.backup, to: "gpt_backup0.bin")
    let (main, backup) = ("gpt_main0.bin", "gpt_backup0.bin")
    let elements = [
      patch(main, "2", 168, 8, "NUM_DISK_SECTORS-34."), patch(backup, "0", 168, 8, "NUM_DISK_SECTORS-34."),
      patch(main, "1", 48, 8, "NUM_DISK_SECTORS-34."), patch(backup, "32", 48, 8, "NUM_DISK_SECTORS-34."),
      patch(main, "1", 32, 8, "NUM_DISK_SECTORS-1."), patch(backup, "32", 24, 8, "NUM_DISK_SECTORS-1."),
      patch(backup, "32", 72, 8, "NUM_DISK_SECTORS-33."), patch(main, "1", 88, 4, "CRC32(2,16384)"),
      patch(backup, "32", 88, 4, "CRC32(0,16384)"), patch(main, "1", 16, 4, "0"),
      patch(main, "1", 16, 4, "CRC32(1,92)"), patch(backup, "32", 16, 4, "0"),
      patch(backup, "32", 16, 4, "CRC32(32,92)"), patch("DISK", "1", 16, 4, "7"),
    ]
    try folder.write("<patches>\(elements.joined(separator: "\n"))</patches>", to: "patch0.xml")
    var grown = small
    _ = try grown.grow(to: 20480)
    let expected = try grown.files(sectorCount: 20480)
    let result = try patched(folder)
    #expect(result.map(\.name) == [main, backup])
    #expect(result[0].bytes.dropFirst(512) == expected.main.dropFirst(512))
    #expect(result[1].bytes == expected.backup)
    #expect(result.map(\.patchCount) == [6, 7])
    #expect(try folder.read(main) == files.main)
  }

  @Test func `knows the erase blocks of NAND where they are given`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 0, count: 2048), to: "partition_complete.mbn")
    try folder.write(
      "<patches>\(patch("partition_complete.mbn", "1", 4, 4, "NUM_DISK_BLOCKS-100."))</patches>", to: "patch0.xml")
    #expect(try Array(patched(folder, blocks: ["0": 2048])[0].bytes[516..<520]) == [0x9C, 7, 0, 0])
    let place = folder.place(1, "patch", in: "patch0.xml")
    #expect(throws: QualcommPlanError.expression("NUM_DISK_BLOCKS-100.", .unknownBlockCount, at: place)) {
      try patched(folder)
    }
  }

  @Test(arguments: [("4", "0"), ("3", "CRC32(3,513)")])
  func `refuses what reaches over the file's end`(_ sector: String, _ value: String) throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 0, count: 2048), to: "t.bin")
    try folder.write("<patches>\(patch("t.bin", sector, 0, 4, value))</patches>", to: "patch0.xml")
    let place = folder.place(1, "patch", in: "patch0.xml")
    #expect(
      throws: QualcommPlanError.patchOutsideFile(file: folder.path("t.bin"), byteCount: 2048, at: place)
    ) { try patched(folder) }
  }
}
