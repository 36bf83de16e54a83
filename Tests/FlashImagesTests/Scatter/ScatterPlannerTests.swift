import FlashImages
import Testing

@Suite struct `Modes of scatter packages` {
  private static let user: UInt64 = 0x3_A3E0_0000

  private static func scatter(_ rows: [ScatterSample.Row] = ScatterSample.rows) throws -> Scatter {
    try ScatterSample.read(ScatterSample.text(rows)).scatter
  }

  /// A device that has the example's layout.
  private static func device(_ change: (inout ScatterDevice) -> Void = { _ in }) throws -> ScatterDevice {
    let table = try #require(ScatterTable(ScatterMap(ScatterSample.layout(ScatterSample.rows)), userByteCount: user))
    var device = ScatterDevice(
      storage: .emmc, sections: [.user: user, .boot1: 0x400000, .boot2: 0x400000], sectorByteCount: 512, chip: "6765",
      table: table.partitions)
    change(&device)
    return device
  }

  private static let images: [String: ScatterImage] = [
    "preloader": ScatterImage(path: "preloader_demo.bin", byteCount: 0x3C000),
    "boot": ScatterImage(path: "boot.img", byteCount: 0x1000000),
    "userdata": ScatterImage(path: "userdata.img", byteCount: 0x10000000),
  ]

  private static func plan(
    _ mode: ScatterMode, _ rows: [ScatterSample.Row] = ScatterSample.rows, device: ScatterDevice? = nil,
    images: [String: ScatterImage] = images, _ change: (inout ScatterPlanRequest) -> Void = { _ in }
  ) throws -> ScatterPlan {
    var request = ScatterPlanRequest(mode)
    change(&request)
    let device = try device ?? self.device()
    return try ScatterPlanner(try scatter(rows), device: device, images: images, request: request).plan()
  }

  private static func refusal(_ body: () throws -> ScatterPlan) -> ScatterRefusal? {
    do {
      _ = try body()
      return nil
    } catch { return error as? ScatterRefusal }
  }

  /// `write boot`, `erase metadata`, …
  private static func words(_ plan: ScatterPlan) -> [String] {
    plan.steps.map { step in
      switch step.action {
      case .backUp(let name, _, _): "back up \(name)"
      case .erase(let name, let section, _): "erase \(name ?? section.name)"
      case .writeTable: "table"
      case .restore(let name, _, _): "restore \(name)"
      case .write(let name, let sections, _, _): "write \(name) to \(sections.map(\.name).joined(separator: "+"))"
      case .prove(let name, _): "prove \(name)"
      }
    }
  }

  // MARK: Download only

  @Test func `download only writes what is ticked, boot sections last`() throws {
    let plan = try Self.plan(.downloadOnly)
    #expect(
      Self.words(plan) == [
        "write boot to user", "write userdata to user", "write preloader to boot1+boot2", "prove preloader",
      ])
    #expect(plan.remarks.isEmpty && plan.steps[0].reason == .selected)
    #expect(
      plan.steps[0].action
        == .write(
          name: "boot", sections: [.user], range: 0x808000..<0x2808000, image: try #require(Self.images["boot"])))
  }

  @Test func `download only stops without a table, and with another layout`() throws {
    for table in [nil, []] as [[ScatterDevice.Partition]?] {
      #expect(Self.refusal { try Self.plan(.downloadOnly, device: Self.device { $0.table = table }) } == .noTable)
    }
    let moved = try Self.device {
      $0.table?[2].start += 0x1000
      $0.table?[2].byteCount -= 0x1000
    }
    let difference = ScatterTable.Difference.moved("boot", from: 0x809000, to: 0x808000)
    #expect(Self.refusal { try Self.plan(.downloadOnly, device: moved) } == .layoutDiffers([difference]))
    let plan = try Self.plan(.downloadOnly, device: moved) { $0.followsDeviceTable = true }
    #expect(plan.remarks == [.byDeviceTable([difference])])
    #expect(
      plan.steps[0].action
        == .write(
          name: "boot", sections: [.user], range: 0x809000..<0x2808000, image: try #require(Self.images["boot"])))
  }

  @Test func `a damaged table is written anew by an upgrade, and told of otherwise`() throws {
    let damaged = try Self.device { $0.isTableDamaged = true }
    let plan = try Self.plan(.firmwareUpgrade, device: damaged)
    #expect(plan.steps.contains { $0.reason == .tableDamaged })
    #expect(!(try Self.plan(.firmwareUpgrade)).steps.contains { $0.reason == .tableDamaged })
    #expect(try Self.plan(.downloadOnly, device: damaged).remarks == [.tableDamaged])
  }

  @Test func `an upgrade of the table alone finds nothing to do where the device has it`() throws {
    let plan = try Self.plan(.firmwareUpgrade) { $0.only = [] }
    #expect(plan.steps.isEmpty && plan.remarks == [.tableSame])
    let damaged = try Self.plan(.firmwareUpgrade, device: Self.device { $0.isTableDamaged = true }) { $0.only = [] }
    #expect(Self.words(damaged).contains("table") && !damaged.remarks.contains(.tableSame))
  }

  @Test func `entries that are named need their own places only`() throws {
    let moved = try Self.device {
      $0.table?[2].start += 0x1000
      $0.table?[2].byteCount -= 0x1000
    }
    let difference = ScatterTable.Difference.moved("boot", from: 0x809000, to: 0x808000)
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, device: moved) { $0.only = ["boot"] } }
        == .layoutDiffers([difference]))
    let plan = try Self.plan(.downloadOnly, device: moved) { $0.only = ["preloader"] }
    #expect(Self.words(plan) == ["write preloader to boot1+boot2", "prove preloader"])
    #expect(plan.remarks == [.differsElsewhere([difference])])
    // What takes the rest of the storage ends where the next one begins, which may be elsewhere.
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, device: moved) { $0.only = ["userdata"] } }
        == .layoutDiffers([difference]))
  }

  @Test func `by the device's table each image is bounded by the device's partition`() throws {
    let small = try Self.device { $0.table?[2].byteCount = 0x800000 }
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, device: small) { $0.followsDeviceTable = true } }
        == .imageTooLarge(entry: "boot", byteCount: 0x1000000, room: 0x800000))
    let without = try Self.device { $0.table?.remove(at: 2) }
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, device: without) { $0.followsDeviceTable = true } }
        == .notOnDevice("boot"))
  }

  @Test func `differences are those of names, starts and sizes, but for what takes the rest`() throws {
    let device = try Self.device { device in
      device.table?[3].byteCount -= 4096
      device.table?[4].byteCount -= 512
      device.table?.remove(at: 0)
      device.table?.append(.init(name: "oem", start: 0x8000, byteCount: 512))
    }
    let table = try #require(
      ScatterTable(ScatterMap(ScatterSample.layout(ScatterSample.rows)), userByteCount: Self.user))
    #expect(
      table.differences(from: device.table ?? []) == [
        .missing("proinfo"), .resized("otp", from: 0x2B00000 - 512, to: 0x2B00000), .extra("oem"),
      ])
    // Names that differ by case alone are the same.
    let upper = try Self.device {
      $0.table = $0.table?.map { .init(name: $0.name.uppercased(), start: $0.start, byteCount: $0.byteCount) }
    }
    #expect(table.differences(from: upper.table ?? []).isEmpty)
  }

  @Test func `what only this device has needs permission, and is saved first`() throws {
    var images = Self.images
    images["nvram"] = ScatterImage(path: "nvram.bin", byteCount: 0x500000)
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, images: images) { $0.only = ["nvram"] } } == .protected(["nvram"]))
    let plan = try Self.plan(.downloadOnly, images: images) {
      $0.only = ["nvram"]
      $0.allowsProtected = true
    }
    #expect(Self.words(plan) == ["back up nvram", "write nvram to user"])
    #expect(plan.steps[0].reason == .aboutToBeReplaced)
    var ticked = ScatterSample.rows
    ticked[2].1 = "proinfo.bin"
    ticked[2].2 = true
    images["proinfo"] = ScatterImage(path: "proinfo.bin", byteCount: 512)
    #expect(Self.refusal { try Self.plan(.downloadOnly, ticked, images: images) } == .protected(["proinfo"]))
  }

  @Test(arguments: ["seccfg", "nvdata", "persist", "protect1", "PROTECT_F", "nvcfg", "proinfo_a"])
  func `names of device data are protected whatever their operation says`(_ name: String) throws {
    var rows = ScatterSample.rows
    rows[4].0 = name
    let images = [name: ScatterImage(path: "x", byteCount: 512), "userdata": try #require(Self.images["userdata"])]
    let device = try Self.device { $0.table?[2].name = name }
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, rows, device: device, images: images) { $0.skip = ["preloader"] } }
        == .protected([name]))
  }

  @Test func `only, skip and own files choose the entries`() throws {
    #expect(Self.words(try Self.plan(.downloadOnly) { $0.only = ["boot"] }) == ["write boot to user"])
    #expect(Self.words(try Self.plan(.downloadOnly) { $0.skip = ["preloader", "userdata"] }) == ["write boot to user"])
    #expect(Self.refusal { try Self.plan(.downloadOnly) { $0.only = ["bot"] } } == .unknownEntry("bot"))
    #expect(
      Self.refusal { try Self.plan(.downloadOnly) { $0.only = ["sgpt"] } } == .fileMissing(entry: "sgpt", file: nil))
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, images: [:]) }
        == .fileMissing(entry: "preloader", file: "preloader_demo.bin"))
    #expect(
      Self.refusal { try Self.plan(.downloadOnly) { $0.skip = ["boot", "userdata", "preloader"] } } == .nothingSelected)
  }

  @Test func `another chip is refused, its variant letter is not`() throws {
    let other = try Self.device { $0.chip = "6785" }
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, device: other) }
        == .otherPlatform(scatter: "MT6765", device: "MT6785"))
    let forced = try Self.plan(.downloadOnly, device: other) { $0.forcesPlatform = true }
    #expect(forced.remarks == [.otherPlatform(scatter: "MT6765", device: "MT6785")])
    var scatter = try Self.scatter()
    scatter.platform = "MT6765D"
    let plan = try ScatterPlanner(scatter, device: Self.device(), images: Self.images, request: .init(.downloadOnly))
      .plan()
    #expect(plan.remarks == [.variant("MT6765D")])
  }

  @Test func `packages without a layout for the storage are refused`() throws {
    let ufs = try Self.device {
      $0.storage = .ufs; $0.sections = [.lun2: Self.user]
    }
    #expect(Self.refusal { try Self.plan(.downloadOnly, device: ufs) } == .noLayout(.ufs, has: [.emmc]))
    let list = try ScatterSample.read("boot 0x0\nuserdata 0x8000\n").scatter
    #expect(throws: ScatterRefusal.notFlashable) {
      try ScatterPlanner(list, device: Self.device(), images: [:], request: .init(.downloadOnly))
    }
  }

  @Test func `images that do not fit, do not lie on sectors, overlap, or are none stop everything`() throws {
    var images = Self.images
    images["boot"]?.byteCount = 0x2000001
    #expect(
      Self.refusal { try Self.plan(.downloadOnly, images: images) }
        == .imageTooLarge(entry: "boot", byteCount: 0x2000001, room: 0x2000000))
    images["boot"] = ScatterImage(path: "boot.img", byteCount: 130, content: .gitLFSPointer)
    #expect(Self.refusal { try Self.plan(.downloadOnly, images: images) } == .noImage(entry: "boot", .gitLFSPointer))
    var rows = ScatterSample.rows
    rows[4].6 = "EMMC_RPMB"
    #expect(Self.refusal { try Self.plan(.firmwareUpgrade, rows) } == .neverWritten("boot"))
    rows = ScatterSample.rows
    rows[4].5 = "0x3000000"
    #expect(Self.refusal { try Self.plan(.firmwareUpgrade, rows) } == .overlap("boot", "userdata"))
    rows = ScatterSample.rows
    rows[0].5 = "0x3B000"
    #expect(
      Self.refusal { try Self.plan(.firmwareUpgrade, rows) }
        == .imageTooLarge(entry: "preloader", byteCount: 0x3C000, room: 0x3B000))
  }

  @Test func `what begins as no boot loader is not written as one`() throws {
    var images = Self.images
    images["preloader"]?.isLoader = false
    #expect(Self.refusal { try Self.plan(.downloadOnly, images: images) } == .noLoader(entry: "preloader"))
    #expect(try Self.plan(.downloadOnly, images: images) { $0.allowsAnyLoader = true }.steps.count == 4)
    images["preloader"]?.isLoader = true
    #expect(try Self.plan(.downloadOnly, images: images).steps.count == 4)
  }

  // MARK: Firmware upgrade

  @Test func `firmware upgrade of an empty device writes table, images and preloader, with nothing to back up`() throws
  {
    let plan = try Self.plan(.firmwareUpgrade, device: Self.device { $0.table = nil })
    #expect(
      Self.words(plan) == [
        "table", "write boot to user", "write userdata to user", "write preloader to boot1+boot2", "prove preloader",
      ])
    #expect(plan.steps[0].reason == .noTable)
  }

  @Test func `firmware upgrade with the same layout saves what only this device has, and leaves it where it is`() throws
  {
    #expect(
      Self.words(try Self.plan(.firmwareUpgrade)) == [
        "back up proinfo", "back up nvram", "write boot to user", "write userdata to user",
        "write preloader to boot1+boot2", "prove preloader",
      ])
  }

  @Test func `firmware upgrade with another layout moves what is kept and erases what is left over`() throws {
    var rows = ScatterSample.rows
    rows.insert(("para", "NONE", false, "NORMAL_ROM", "0x308000", "0x80000", "EMMC_USER", "INVISIBLE"), at: 3)
    rows[4].4 = "0x388000"
    rows[5].4 = "0x888000"
    rows[6].4 = "0x2888000"
    let device = try Self.device { $0.table?[4].start -= 0x100000 }
    let plan = try Self.plan(.firmwareUpgrade, rows, device: device)
    #expect(
      Self.words(plan) == [
        "back up proinfo", "back up nvram", "back up otp", "table", "erase para", "restore nvram", "restore otp",
        "write boot to user", "write userdata to user", "write preloader to boot1+boot2", "prove preloader",
      ])
    #expect(plan.steps[2].reason == .movedWithEnd && plan.steps[4].reason == .rangeChanged)
    #expect(plan.steps[5].action == .restore(name: "nvram", section: .user, range: 0x388000..<0x888000))
    if case .layoutDiffers(let differences) = plan.steps[3].reason {
      #expect(differences.first == .missing("para"))
    } else {
      Issue.record("no reason")
    }
  }

  @Test func `what is kept has to fit, and what has no place is said`() throws {
    var rows = ScatterSample.rows
    rows[3].4 = "0x388000"
    rows[3].5 = "0x480000"
    #expect(
      Self.refusal { try Self.plan(.firmwareUpgrade, rows) }
        == .backupDoesNotFit(entry: "nvram", byteCount: 0x500000, room: 0x480000))
    rows = ScatterSample.rows
    rows.remove(at: 2)
    let plan = try Self.plan(.firmwareUpgrade, rows)
    #expect(plan.remarks == [.withoutPlace("proinfo")] && Self.words(plan).contains("back up proinfo"))
  }

  @Test func `layouts that overlap never reach into what is kept`() throws {
    var rows = ScatterSample.rows
    rows.insert(("para", "NONE", false, "NORMAL_ROM", "0x300000", "0x10000", "EMMC_USER", "INVISIBLE"), at: 3)
    #expect(Self.refusal { try Self.plan(.firmwareUpgrade, rows) } == .overlap("proinfo", "para"))
  }

  @Test func `userdata that is to be resized is erased unless it is written`() throws {
    var rows = ScatterSample.rows
    rows[5].7 = "NEEDRESIZE"
    let plan = try Self.plan(.firmwareUpgrade, rows) { $0.skip = ["userdata"] }
    let step = try #require(plan.steps.first { $0.reason == .resized })
    #expect(step.action == .erase(name: "userdata", section: .user, range: 0x2808000..<0x3A_02F8_000))
  }

  // MARK: Format

  @Test func `format all erases nothing before the loss is accepted`() throws {
    for mode in [ScatterMode.formatAll, .formatAllAndDownload] {
      #expect(Self.refusal { try Self.plan(mode) } == .losesIdentity(["proinfo", "nvram"]))
    }
  }

  @Test func `format all and download erases up to the reserved end, then writes table and images`() throws {
    let plan = try Self.plan(.formatAllAndDownload, device: Self.device { $0.table = nil }) { $0.erasesIdentity = true }
    #expect(
      Self.words(plan) == [
        "erase user", "erase sgpt", "table", "write boot to user", "write userdata to user",
        "write preloader to boot1+boot2", "prove preloader",
      ])
    #expect(plan.steps[0].action == .erase(name: nil, section: .user, range: 0..<0x3A_02F8_000))
    #expect(plan.steps[1].action == .erase(name: "sgpt", section: .user, range: Self.user - 33 * 512..<Self.user))
    let whole = try Self.plan(.formatAllAndDownload) {
      $0.erasesIdentity = true
      $0.erasesWholeChip = true
    }
    #expect(whole.steps[0].action == .erase(name: nil, section: .user, range: 0..<Self.user))
    #expect(
      Self.refusal {
        try Self.plan(.formatAllAndDownload) {
          $0.erasesIdentity = true; $0.skip = ["preloader"]
        }
      }
        == .needsPreloader)
  }

  @Test func `format all alone leaves boot sections unless they are asked for`() throws {
    #expect(Self.words(try Self.plan(.formatAll) { $0.erasesIdentity = true }) == ["erase user", "erase sgpt"])
    let all = try Self.plan(.formatAll) {
      $0.erasesIdentity = true; $0.includesBoot = true
    }
    #expect(Self.words(all) == ["erase user", "erase sgpt", "erase boot1", "erase boot2"])
  }

  @Test func `an image at the start of the storage brings its own table`() throws {
    let rows: [ScatterSample.Row] = [
      ScatterSample.rows[0], ("firmware", "router.bin", true, "NORMAL_ROM", "0x0", "0x4000000", "EMMC_USER", "UPDATE"),
    ]
    var images = Self.images
    images["firmware"] = ScatterImage(path: "router.bin", byteCount: 0x3000000)
    let plan = try Self.plan(.formatAllAndDownload, rows, device: Self.device { $0.table = nil }, images: images) {
      $0.erasesIdentity = true
    }
    #expect(Self.words(plan).contains("table") == false && plan.remarks == [.imageBringsTable("firmware")])
  }

  @Test func `a first partition in the table's place is refused`() throws {
    var rows = ScatterSample.rows
    rows[2].4 = "0x4000"
    rows[2].5 = "0x304000"
    #expect(
      Self.refusal { try Self.plan(.formatAllAndDownload, rows) { $0.erasesIdentity = true } }
        == .tableHasNoRoom(entry: "proinfo", needed: 34 * 512))
  }
}
