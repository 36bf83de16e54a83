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
    _ folder: PackageFolder, sectors: UInt64 = 20480, blocks: [String: UInt64] = [:]
  ) throws -> [HostFilePatcher.PatchedFile] {
    let request = PlanRequest(descriptors: [folder.path("patch0.xml")], reboots: false)
    let package = try #require(try QualcommPackage(request))
    return try HostFilePatcher(sectorCounts: ["0": sectors], blockCounts: blocks).files(of: package)
  }

  private let main = "gpt_main0.bin"
  private let backup = "gpt_backup0.bin"

  /// A table of two partitions for 10240 sectors, the second up to the end, and the standard patches, each on a line.
  private func table() throws -> (folder: PackageFolder, table: GPTTable, main: [UInt8]) {
    let folder = try PackageFolder()
    let partitions: [GPTBuilder.Partition] = [.init(name: "boot", sectorCount: 1024), .init(name: "userdata")]
    let small = try GPTBuilder(sectorByteCount: 512, sectorCount: 10240, name: "x").table(of: partitions)
    let files = try small.files(sectorCount: 10240)
    try folder.write(files.main, to: main)
    try folder.write(files.backup, to: backup)
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
    return (folder, small, files.main)
  }

  @Test func `fits the tables of a package to a disk as gpt grow does`() throws {
    let (folder, small, original) = try table()
    var grown = small
    _ = try grown.grow(to: 20480)
    let expected = try grown.files(sectorCount: 20480)
    let result = try patched(folder)
    #expect(result.map(\.name) == [main, backup])
    #expect(result[0].bytes.dropFirst(512) == expected.main.dropFirst(512))
    #expect(result[1].bytes == expected.backup)
    #expect(result.map(\.patchCount) == [6, 7])
    #expect(try folder.read(main) == original)
  }

  @Test func `refuses a disk too small for the partitions, with the patch that shows it`() throws {
    let (folder, _, _) = try table()
    // The second partition begins at sector 1058.
    #expect(try patched(folder, sectors: 1058 + 34).count == 2)
    for (sectors, first, line) in [(1091, 1058, 1), (1000, 34, 3), (500, 34, 3)] as [(UInt64, UInt64, Int)] {
      let name = first == 34 ? "boot" : "userdata"
      #expect(
        throws: QualcommPlanError.diskTooSmall(
          partition: name, first: first, lastUsable: sectors - 34,
          at: folder.place(line, "patch", in: "patch0.xml"))
      ) { try patched(folder, sectors: sectors) }
    }
    let place = folder.place(1, "patch", in: "patch0.xml")
    #expect(throws: QualcommPlanError.expression("NUM_DISK_SECTORS-34.", .negative, at: place)) {
      try patched(folder, sectors: 33)
    }
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
