import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing

/// `docs/protocols/qualcomm-packages.md` 1, 9, 10 and 15: folders, `contents.xml`, `flashmap.json`, archives.
@Suite struct PackageFormsTests {
  @Test func `takes the descriptors of a folder in the order of their numbers, and not the special ones`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    for (index, name) in ["rawprogram10", "rawprogram2", "rawprogram0", "rawprogram_unsparse0"].enumerated() {
      try folder.data(program(name, file: "a", start: "\(100 + index)"), name: name + ".xml")
    }
    for name in [
      "rawprogram0_BLANK_GPT", "rawprogram1_WIPE_PARTITIONS", "wipe_rawprogram0", "rawprogram0_upgrade", "erase_all",
    ] { try folder.data(program("never", file: "a"), name: name + ".xml") }
    #expect(try folder.plan().writes.map(\.name) == ["rawprogram_unsparse0", "rawprogram2", "rawprogram10"])
    #expect(
      try folder.plan(["rawprogram10.xml", "rawprogram0_BLANK_GPT.xml"]).writes.map(\.name) == [
        "rawprogram10", "never",
      ])
  }

  @Test func `does all programs before all patches`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    let patch =
      "<patches><patch SECTOR_SIZE_IN_BYTES='512' start_sector='1' size_in_bytes='4' value='0' filename='DISK'/></patches>"
    try folder.write(patch, to: "patch0.xml")
    try folder.data(program("x", file: "a"))
    let plan = try folder.plan(["patch0.xml", "rawprogram0.xml"])
    guard case .write = plan.steps[0], case .patch = plan.steps[1] else {
      Issue.record("another order")
      return
    }
  }

  @Test func `leaves files of other families alone`() throws {
    let folder = try PackageFolder()
    try folder.write([0xB4, 0, 0, 0], to: "x.fiasco")
    try folder.write("<scatter/>", to: "scatter.xml")
    try folder.write("<configuration><physical_partition/></configuration>", to: "partition.xml")
    func plan(_ name: String) throws -> FlashPlan? {
      try QualcommFamily().plan(PlanRequest(descriptors: [folder.path(name)]), for: nil)
    }
    #expect(try plan("x.fiasco") == nil)
    #expect(try plan("scatter.xml") == nil)
    #expect(try QualcommFamily().plan(PlanRequest(descriptors: [folder.package]), for: nil) == nil)
    #expect(throws: QualcommPlanError.self) { try plan("partition.xml") }
    #expect(throws: QualcommPlanError.self) { try plan("gone.xml") }
  }

  private let contents = """
    <contents><builds_flat><build><linux_root_path>meta</linux_root_path>
    <device_programmer><file_name>prog_firehose_lite.elf</file_name><file_path>boot</file_path></device_programmer>
    <device_programmer><file_name>prog_firehose_ddr.elf</file_name><file_path>boot</file_path></device_programmer>
    <partition_file storage_type="ufs"><file_name>rawprogram0.xml</file_name><file_path>ufs</file_path></partition_file>
    <partition_file storage_type="emmc"><file_name>rawprogram0.xml</file_name><file_path>emmc</file_path></partition_file>
    <partition_patch_file storage_type="emmc"><file_name>patch0.xml</file_name><file_path>emmc</file_path>
    </partition_patch_file>
    <download_file><file_name>boot.img</file_name><file_path>images/out</file_path></download_file>
    </build></builds_flat></contents>
    """

  @Test func `finds the files of a meta build, its storage and its programmer`() throws {
    let folder = try PackageFolder()
    try folder.write(
      contents.replacing("prog_firehose_lite.elf</file_name>", with: "l.elf</file_name>"), to: "contents.xml")
    try folder.write([UInt8](repeating: 1, count: 5), to: "meta/images/out/boot.img")
    try folder.write([UInt8](repeating: 2, count: 6), to: "meta/images/out/other.img")
    try folder.write([UInt8](repeating: 2, count: 6), to: "meta/boot/prog_firehose_ddr.elf")
    try folder.data(
      program("boot", file: "boot.img"), program("other", file: "other.img", start: "50"),
      name: "meta/emmc/rawprogram0.xml")
    try folder.data(program("boot", file: "boot.img"), name: "meta/ufs/rawprogram0.xml")
    try folder.write("<patches/>", to: "meta/emmc/patch0.xml")
    let place = PackagePlace(path: folder.path("contents.xml"))
    #expect(
      folder.refusal(["contents.xml"])
        == .package(PackageError(.ambiguousSelector(nil, choices: ["ufs", "emmc"]), at: place)))
    let plan = try folder.plan(["contents.xml::emmc"])
    #expect(plan.steps[0] == .configure(.init(memory: "emmc")))
    #expect(plan.writes.map(\.image.length) == [5, 6])
    let two = try folder.plan(["contents.xml::ufs,emmc"])
    #expect(
      two.steps.compactMap { if case .configure(let storage) = $0 { storage.memory } else { nil } } == ["ufs", "emmc"])
    let loaders = try QualcommFamily().loaders(for: folder.request(["contents.xml::emmc"]))
    #expect(loaders == [folder.path("meta/boot/prog_firehose_ddr.elf")])
  }

  @Test func `chooses the programmer of a folder by its name`() throws {
    let folder = try PackageFolder()
    try folder.data(program("x", size: 4096))
    func loaders() throws -> [String] { try QualcommFamily().loaders(for: folder.request()) }
    #expect(try loaders().isEmpty)
    try folder.write([1], to: "prog_firehose_lite.elf")
    #expect(try loaders() == [folder.path("prog_firehose_lite.elf")])
    try folder.write([1], to: "prog_ufs_firehose_845.elf")
    try folder.write([1], to: "prog_emmc_firehose_845.elf")
    #expect(try loaders() == [folder.path("prog_ufs_firehose_845.elf")])
    try folder.write([1], to: "prog_firehose_ddr.elf")
    #expect(throws: QualcommPlanError.self) { try loaders() }
  }

  @Test func `an installer archive flashes what the package flashes`() async throws {
    let folder = try PackageFolder()
    try folder.write(noiseBytes(3000), to: "a.bin")
    try folder.write([0x7F], to: "prog.elf")
    let sparse = [UInt8](repeating: 0, count: 4096) + noiseBytes(4096) + [UInt8](repeating: 5, count: 4096)
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    _ = try SparseEncoder(skipsZeros: true).write(RandomAccessImageSource(MemoryBytes(sparse)), to: output)
    try output.commit()
    try folder.data(
      program("a", file: "a.bin"), program("again", file: "a.bin", start: "60", "file_sector_offset='1'"),
      program("s", file: "s.img", start: "NUM_DISK_SECTORS-30.", count: "24", "sparse='true'"),
      "<zeroout SECTOR_SIZE_IN_BYTES='512' start_sector='100' num_partition_sectors='2' label='z'/>",
      "<patch SECTOR_SIZE_IN_BYTES='512' start_sector='NUM_DISK_SECTORS-1.' size_in_bytes='4' value='CRC32(34,600)' "
        + "filename='DISK'/>")
    let plan = try folder.plan()
    let installer = try InstallerPackage(
      plan: plan, programmers: try QualcommPackage.Programmer.list(["13:" + folder.path("prog.elf")]), memory: "emmc")
    let zip = try OutputFile.begin(at: folder.path("i.zip"), replacing: true)
    let writer = ZIPWriter(zip)
    for member in installer.members {
      switch member.content {
      case .bytes(let bytes): try writer.add(member.name, bytes)
      case .image(let image): try writer.add(member.name, image)
      }
    }
    try writer.finish()
    try zip.commit()

    let again = try folder.plan(["i.zip"])
    #expect(
      try QualcommFamily().loaders(for: folder.request(["i.zip"])) == ["13:" + folder.path("i.zip") + ":prog.elf"])
    #expect(try LoaderSet(["13:" + folder.path("i.zip") + ":prog.elf"]).images.map(\.byteCount) == [1])
    for (name, plan) in [("one.img", plan), ("two.img", again)] {
      // Old content shows what is written and what is not.
      try folder.write([UInt8](repeating: 0xEE, count: 200 * 512), to: name)
      let image = try DiskImage(path: folder.path(name), byteCount: nil, sectorByteCount: 512)
      _ = try await PlanRunner().run(plan, on: DiskImageTarget(["0": image], family: "qualcomm"))
    }
    let one = try folder.read("one.img")
    #expect(one == (try folder.read("two.img")))
    #expect(Array(one[170 * 512..<170 * 512 + 4096]) == [UInt8](repeating: 0xEE, count: 4096))
    #expect(Array(one[178 * 512..<178 * 512 + 8192]) == Array(sparse[4096...]))
    #expect(one[100 * 512..<102 * 512].allSatisfy { $0 == 0 })
  }

  @Test func `an installer needs a programmer, a storage and different names`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a/x.bin")
    try folder.write([2], to: "b/x.bin")
    try folder.data(program("a", file: "a/x.bin"), program("b", file: "b/x.bin", start: "60"))
    let plan = try folder.plan()
    let programmers = try QualcommPackage.Programmer.list([folder.path("a/x.bin")])
    #expect(throws: InstallerError.noProgrammer) { try InstallerPackage(plan: plan, programmers: [], memory: "ufs") }
    #expect(throws: InstallerError.noMemory) { try InstallerPackage(plan: plan, programmers: programmers, memory: nil) }
    #expect(throws: InstallerError.nameClash("ufs_x.bin")) {
      try InstallerPackage(plan: plan, programmers: programmers, memory: "ufs")
    }
  }
}
