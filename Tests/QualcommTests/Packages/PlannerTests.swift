import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing

/// `docs/protocols/qualcomm-packages.md` 4 and 5: what entries become.
@Suite struct PlannerTests {
  @Test func `writes what the file has, in whole sectors, and no more`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 10_000), to: "efi.bin")
    try folder.data(program("efi", file: "efi.bin", start: "6", count: "2048", size: 4096, "readbackverify='true'"))
    let write = try #require(try folder.plan().writes.first)
    #expect(write.byteCount == 12288)
    #expect(write.image.length == 10_000)
    #expect(write.extent == PlanExtent(section: "0", start: .fromStart(24576), length: 2048 * 4096))
    #expect(write.isReadBack)
    #expect(write.attributes["SECTOR_SIZE_IN_BYTES"] == "4096")
    #expect(write.attributes["start_sector"] == nil)
  }

  @Test func `keeps the text of an address that depends on the disk`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    try folder.data(
      program("x", file: "a", start: "NUM_DISK_SECTORS-33.", count: "33"),
      program("y", file: "a", start: "NUM_DISK_SECTORS/2", count: "1"))
    let writes = try folder.plan().writes
    #expect(writes[0].extent.start == .fromEnd(33 * 512))
    #expect(writes[0].attributes["start_sector"] == "NUM_DISK_SECTORS-33.")
    #expect(writes[1].extent.start == .expression("NUM_DISK_SECTORS/2"))
  }

  @Test func `refuses a file larger than its entry, except for partition tables and with consent`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 8 * 512 + 1), to: "a")
    try folder.data(program("x", file: "a"))
    #expect(
      folder.refusal()
        == .fileTooLarge(file: folder.path("a"), byteCount: 4097, room: 4096, at: folder.place(2, "program x")))
    let cut = try folder.plan { $0.allowsTruncation = true }
    #expect(cut.writes[0].image.length == 4096)
    #expect(cut.warnings.map(\.code) == ["truncated"])
    try folder.data(program("PrimaryGPT", file: "a", start: "0"))
    let table = try folder.plan()
    #expect(table.writes[0].image.length == 4096)
    #expect(table.warnings.isEmpty)
  }

  @Test func `leaves out the head of a file, and refuses an offset behind its end`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 2000), to: "a")
    try folder.data(program("x", file: "a", "file_sector_offset='1'"))
    let write = try folder.plan().writes[0]
    #expect(write.image.offset == 512)
    #expect(write.image.length == 1488)
    try folder.data(program("x", file: "a", "file_sector_offset='4'"))
    #expect(
      folder.refusal()
        == .offsetBehindFile(file: folder.path("a"), byteCount: 2000, offset: 2048, at: folder.place(2, "program x")))
  }

  @Test func `skips entries without a file and empty files, and lists all that are missing`() throws {
    let folder = try PackageFolder()
    try folder.write([], to: "empty")
    try folder.write([1], to: "a")
    try folder.data(
      program("none"), program("e", file: "empty", start: "50"), program("m", file: "gone", start: "60"),
      program("n", file: "gone2", start: "70"), program("x", file: "a", start: "80"))
    #expect(
      folder.refusal()
        == .missingFiles([
          .init(file: "gone", place: folder.place(4, "program m")),
          .init(file: "gone2", place: folder.place(5, "program n")),
        ]))
    let plan = try folder.plan { $0.allowsMissing = true }
    #expect(plan.writes.map(\.name) == ["x"])
    #expect(plan.skipped.map(\.reason) == [.emptyFile, .missingFile, .missingFile])
  }

  @Test func `expands sparse images whatever the attribute says, and refuses what only claims to be one`() throws {
    let folder = try PackageFolder()
    let source = [UInt8](repeating: 7, count: 4096) + noiseBytes(4096) + [UInt8](repeating: 0, count: 8192)
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    _ = try SparseEncoder(skipsZeros: true).write(RandomAccessImageSource(MemoryBytes(source)), to: output)
    try output.commit()
    try folder.data(program("s", file: "s.img", count: "32", "sparse='true'"))
    let write = try folder.plan().writes[0]
    #expect(write.image.layers == .expanded)
    #expect(write.image.length == 16384)
    #expect(write.byteCount == 8192)
    try folder.data(program("s", file: "s.img", count: "32"))
    let plain = try folder.plan()
    #expect(plain.writes[0].image.layers == .expanded)
    #expect(plain.warnings.map(\.code) == ["sparse-without-attribute"])
    #expect(try folder.plan { $0.isRaw = true }.writes[0].image.layers == .asIs)
    try folder.data(program("s", file: "s.img", count: "31"))
    #expect(
      folder.refusal()
        == .fileTooLarge(file: folder.path("s.img"), byteCount: 16384, room: 15872, at: folder.place(2, "program s")))
    try folder.write([UInt8](repeating: 3, count: 1000), to: "raw")
    try folder.data(program("s", file: "raw", "sparse='true'"))
    #expect(folder.refusal() == .notSparse(file: folder.path("raw"), at: folder.place(2, "program s")))
    #expect(try folder.plan { $0.isRaw = true }.writes[0].byteCount == 1024)
    try folder.write([UInt8](repeating: 3, count: 4096), to: "raw")
    #expect(try folder.plan().warnings.map(\.code) == ["not-sparse"])
  }

  @Test func `refuses sparse runs that begin inside a sector`() throws {
    let folder = try PackageFolder()
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    let bytes = noiseBytes(1024) + [UInt8](repeating: 0, count: 7168)
    _ = try SparseEncoder(blockByteCount: 1024, skipsZeros: true).write(
      RandomAccessImageSource(MemoryBytes(bytes)), to: output)
    try output.commit()
    try folder.data(program("s", file: "s.img", size: 4096))
    #expect(
      folder.refusal()
        == .sparseUnaligned(
          file: folder.path("s.img"), offset: 1024, sectorByteCount: 4096, at: folder.place(2, "program s")))
    try folder.data(program("s", file: "s.img", count: "16"))
    #expect(try folder.plan().writes[0].byteCount == 1024)
  }

  @Test func `finds overlaps from the start, from the end, and with the size known between both`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 1024), to: "a")
    try folder.data(program("x", file: "a", start: "34"), program("y", file: "a", start: "35"))
    let both = QualcommPlanError.overlap(
      section: "0", first: folder.place(2, "program x"), second: folder.place(3, "program y"))
    #expect(folder.refusal() == both)
    #expect(try folder.plan { $0.allowsOverlap = true }.writes.count == 2)
    try folder.data(
      program("x", file: "a", start: "NUM_DISK_SECTORS-4."), program("y", file: "a", start: "NUM_DISK_SECTORS-3."))
    #expect(folder.refusal() == both)
    try folder.data(program("x", file: "a", start: "97"), program("y", file: "a", start: "NUM_DISK_SECTORS-2."))
    #expect(folder.refusal() == nil)
    #expect(folder.refusal { $0.sectorCounts = ["0": 100] } == both)
    try folder.data(program("x", file: "a", start: "34"), program("y", file: "a", start: "36"))
    #expect(folder.refusal() == nil)
    try folder.data(program("x", file: "a"), program("y", file: "a", section: 1))
    #expect(folder.refusal() == nil)
  }

  @Test func `refuses what lies beyond the disk, or beyond any`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 1024), to: "a")
    try folder.data(program("x", file: "a", start: "99"))
    let outside = QualcommPlanError.outside(section: "0", sectorCount: 100, at: folder.place(2, "program x"))
    #expect(folder.refusal { $0.sectorCounts = ["0": 100] } == outside)
    #expect(folder.refusal { $0.sectorCounts = ["0": 101] } == nil)
    for start in ["10000000000000000000", "18446744073709551615", "9007199254740993000"] {
      try folder.data(program("x", file: "a", start: start))
      #expect(folder.refusal() == .expression(start, .overflow, at: folder.place(2, "program x")))
    }
    try folder.data(program("x", file: "a", start: "NUM_DISK_SECTORS+5"))
    #expect(folder.refusal() != nil)
    try folder.data(program("x", file: "a", start: "NUM_DISK_SECTORS-200."))
    #expect(
      folder.refusal { $0.sectorCounts = ["0": 100] }
        == .expression("NUM_DISK_SECTORS-200.", .negative, at: folder.place(2, "program x")))
  }

  @Test func `asks for consent before data of the one device, fuses and whole drives`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 1024), to: "a")
    try folder.write([1], to: "sec.dat")
    try folder.data(program("modemst1", file: "a"), program("x", file: "a", start: "100"))
    #expect(folder.refusal() == .protected(["modemst1"]))
    #expect(try folder.plan { $0.allowsProtected = true }.writes.count == 2)
    #expect(try folder.plan { $0.skip = ["MODEMST1"] }.writes.map(\.name) == ["x"])
    try folder.data(program("persist"), program("x", file: "a", start: "41"))
    #expect(folder.refusal() == .protected(["persist"]))
    try folder.data(
      program("fsg"),
      "<erase SECTOR_SIZE_IN_BYTES='512' start_sector='0' num_partition_sectors='100'/>")
    #expect(folder.refusal() == .protected(["fsg"]))
    try folder.data(program("secdata", file: "a"))
    #expect(folder.refusal { $0.allowsProtected = true } == .fusing(["secdata"]))
    try folder.data(program("other", file: "sec.dat"))
    #expect(folder.refusal() == .fusing(["other"]))
    #expect(try folder.plan { $0.allowsFusing = true }.writes.count == 1)
    for label in ["sec", "SecData", "secdata_a"] {
      try folder.data(program(label, file: "a"))
      #expect(folder.refusal { $0.allowsProtected = true } == .fusing([label]))
      #expect(try folder.plan { $0.allowsFusing = true }.writes.count == 1)
    }
    // Somebody else's sectors that lie in such a partition; erasing alone burns nothing.
    try folder.data(program("sec"), program("x", file: "a"))
    #expect(folder.refusal { $0.allowsProtected = true } == .fusing(["sec"]))
    try folder.data(
      program("sec"), "<erase SECTOR_SIZE_IN_BYTES='512' start_sector='0' num_partition_sectors='100'/>")
    #expect(folder.refusal() == .protected(["sec"]))
    #expect(try folder.plan { $0.allowsProtected = true }.steps.count == 1)
    #expect(try folder.plan { $0.allowsFusing = true }.steps.count == 1)
    try folder.data("<erase storagedrive='0'/>")
    #expect(folder.refusal() == .fullErase(at: folder.place(2, "erase")))
    #expect(try folder.plan { $0.allowsFullErase = true }.steps.count == 1)
  }

  @Test func `does erase, zeroout and patch where they stand`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    let common = "SECTOR_SIZE_IN_BYTES='512' num_partition_sectors='8' physical_partition_number='1'"
    try folder.data(
      "<erase \(common) start_sector='0'/>", program("x", file: "a", start: "0", section: 1),
      "<zeroout \(common) start_sector='8' label='z'/>",
      "<zeroout \(common) start_sector='16' label='f' factory_erase_only='true'/>",
      "<patch SECTOR_SIZE_IN_BYTES='512' start_sector='1' byte_offset='16' size_in_bytes='4' value='0' filename='DISK' "
        + "what='w'/>", "<read \(common) start_sector='0' filename='out'/>",
      "<getsha256digest \(common) start_sector='0'/>")
    let plan = try folder.plan()
    #expect(plan.steps.count == 4)
    guard case .erase(let erase) = plan.steps[0], case .zero(let zero) = plan.steps[2],
      case .patch(let patch) = plan.steps[3]
    else {
      Issue.record("other steps")
      return
    }
    #expect(erase.extent == PlanExtent(section: "1", start: .fromStart(0), length: 4096))
    #expect(zero.extent == PlanExtent(section: "1", start: .fromStart(4096), length: 4096))
    #expect(patch.start == .fromStart(512))
    #expect(patch.comment == "w")
    #expect(plan.skipped.map(\.reason) == [.factoryOnly, .readsOnly, .readsOnly])
    #expect(try folder.plan { $0.isFactory = true }.steps.count == 5)
  }

  @Test func `honours force_erase only when asked to`() throws {
    let folder = try PackageFolder()
    try folder.data(program("x", "force_erase='true'"), program("y", start: "100"))
    #expect(try folder.plan().steps.isEmpty)
    #expect(try folder.plan().warnings.map(\.code) == ["package.force-erase"])
    #expect(try folder.plan { $0.honoursForcedErase = true }.steps.count == 1)
  }

  @Test func `refuses commands and provisioning in a package`() throws {
    let folder = try PackageFolder()
    try folder.data("<power value='reset'/>")
    #expect(folder.refusal() == .command("power", at: folder.place(2, "power")))
    try folder.data("<unheardof/>")
    #expect(folder.refusal() == .command("unheardof", at: folder.place(2, "unheardof")))
    try folder.data("<ufs bNumberLU='1'/>", "<ufs LUNum='0'/>")
    #expect(folder.refusal() == .provisioning(path: folder.path("rawprogram0.xml")))
  }

  @Test func `chooses by labels, and leaves tables and patches alone unless they are named`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    try folder.data(
      program("boot", file: "a"), program("vbmeta", file: "a", start: "50"),
      program("PrimaryGPT", file: "a", start: "0"), program("xbl", start: "90"))
    try folder.write(
      "<patches><patch SECTOR_SIZE_IN_BYTES='512' start_sector='1' byte_offset='16' size_in_bytes='4' value='0' "
        + "filename='DISK'/></patches>", to: "patch0.xml")
    #expect(try folder.plan().steps.count == 5)
    #expect(try folder.plan { $0.only = ["BOOT"] }.writes.map(\.name) == ["boot"])
    #expect(try folder.plan { $0.only = ["boot"] }.steps.count == 1)
    #expect(try folder.plan { $0.only = ["gpt"] }.steps.count == 2)
    #expect(try folder.plan { $0.skip = ["gpt"] }.writes.map(\.name) == ["boot", "vbmeta"])
    #expect(
      folder.refusal { $0.only = ["boot", "nope"] }
        == .unknownLabels(["nope"], known: ["PrimaryGPT", "boot", "vbmeta", "xbl"]))
  }

  @Test func `makes the section of the boot loader bootable`() throws {
    let folder = try PackageFolder()
    try folder.data(program("sbl1"), program("xbl_a", section: 1), program("boot", section: 0))
    let plan = try folder.plan(reboots: true)
    #expect(plan.steps == [.makeBootable(section: "1"), .reboot(.system)])
    #expect(plan.warnings.map(\.code) == ["several-boot-sections"])
    #expect(try folder.plan { $0.bootable = .never }.steps.isEmpty)
    #expect(try folder.plan { $0.bootable = .section(2) }.steps == [.makeBootable(section: "2")])
    try folder.data(program("boot"))
    #expect(try folder.plan().steps.isEmpty)
  }

  @Test func `turns to another storage device where an entry names one, and back`() throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    try folder.data(
      program("x", file: "a", size: 4096), program("y", file: "a", size: 4096, "slot='1'"), program("xbl", size: 4096))
    #expect(
      try folder.plan().steps.map { step in
        switch step {
        case .configure(let storage): "\(storage.memory) \(storage.slot)"
        case .write(let write): write.name
        case .makeBootable(let section): "boot \(section)"
        default: "other"
        }
      } == ["x", "ufs 1", "y", "ufs 0", "boot 0"])
  }

  @Test func `a package for sectors of another size is refused before anything is written`() async throws {
    let folder = try PackageFolder()
    try folder.write([1], to: "a")
    try folder.data(program("x", file: "a", start: "8"))
    let plan = try folder.plan()
    let image = try DiskImage(path: folder.path("d.img"), byteCount: 100 * 4096, sectorByteCount: 4096)
    let failure = await #expect(throws: PlanRunner.Failure.self) {
      try await PlanRunner().run(plan, on: DiskImageTarget(["0": image], family: plan.family))
    }
    #expect(
      failure?.underlying as? PlanError
        == .otherSectorSize(name: "x", section: "0", planned: 512, sectorByteCount: 4096))
    #expect(try folder.read("d.img").allSatisfy { $0 == 0 })
  }

  @Test func `plans regions for a device to find`() throws {
    let folder = try PackageFolder()
    let file = try folder.write([UInt8](repeating: 9, count: 600), to: "boot.img")
    var request = PlanRequest(pairs: [.init(region: "boot_a", path: file)], reboots: false)
    let device = DeviceIdentity(family: "qualcomm", model: nil, mode: "edl")
    let plan = try #require(try QualcommFamily().plan(request, for: device))
    #expect(plan.writes[0].attributes["region"] == "boot_a")
    #expect(plan.writes[0].image.length == 600)
    #expect(try QualcommFamily().plan(request, for: nil) == nil)
    request.pairs = [.init(region: "0/persist", path: file)]
    #expect(throws: QualcommPlanError.protectedRegions(["persist"])) { try QualcommFamily().plan(request, for: device) }
    request.pairs = [.init(region: "0/1K+2K", path: file)]
    let range = try #require(try QualcommFamily().plan(request, for: device))
    #expect(range.writes[0].extent == PlanExtent(section: "0", start: .fromStart(1024), length: 2048))
  }
}

/// Bytes that look like nothing.
func noiseBytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ ($0 >> 8) &* 31) } }
