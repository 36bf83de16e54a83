import FlashCore
import FlashImages
import MkII
import Testing
import WireFormat

@Suite("Plans from FIASCO files (10; fiasco.md 13)")
struct ContainerPlanTests {
  let folder = TemporaryFolder()

  static let rx51 = DeviceIdentity(
    family: "mkii", model: "RX-51", hardwareRevision: "2101", mode: "update",
    facts: [
      .init("protocol version", .text("2")),
      .init("supported images", .list(["xloader", "secondary", "kernel", "mmc", "cmt-2nd", "cmt-algo", "cmt-mcusw"])),
    ])
  /// What `--model RX-51 --hw-revision 2101` gives.
  static let named = DeviceIdentity(family: "mkii", model: "RX-51", hardwareRevision: "2101", mode: "")

  private func bytes(_ seed: UInt8, _ count: Int = 128) -> [UInt8] { Array(repeating: seed, count: count) }

  private func entry(_ device: String, _ revisions: String...) -> FIASCODeviceEntry {
    FIASCODeviceEntry(device: device, revisions: revisions)
  }

  private func plan(
    _ images: [TestImage], for device: DeviceIdentity? = rx51, _ change: (inout PlanRequest) -> Void = { _ in }
  ) throws -> FlashPlan {
    var request = PlanRequest(descriptors: [try folder.container("test.fiasco", images)])
    change(&request)
    return try #require(try MkIIFamily().plan(request, for: device))
  }

  private func names(_ plan: FlashPlan) -> [String] {
    plan.steps.map { if case .write(let write) = $0 { write.name } else { "reboot" } }
  }

  private func write(_ plan: FlashPlan, _ index: Int = 0) throws -> FlashPlan.Write {
    guard case .write(let write) = plan.steps[index] else { throw MkIIError.cancelled }
    return write
  }

  @Test func `orders images as they must be flashed and ends with a reboot`() throws {
    let order = ["mmc", "kernel", "cmt-mcusw", "cmt-algo", "cmt-2nd", "secondary", "xloader"]
    let plan = try plan(order.map { TestImage(type: $0, content: bytes(UInt8($0.utf8.count), 256)) })
    #expect(
      names(plan) == ["xloader", "secondary", "cmt-2nd", "cmt-algo", "cmt-mcusw", "kernel", "mmc", "reboot"])
    #expect(plan.model == "RX-51" && plan.hardwareRevision == "2101" && plan.family == "mkii")
  }

  @Test func `no reboot when none is wanted`() throws {
    let plan = try plan([TestImage(type: "kernel", content: bytes(1))]) { $0.reboots = false }
    #expect(names(plan) == ["kernel"])
  }

  @Test func `the header of 14.7 with the end byte is what a kernel of 14.2 is sent with`() throws {
    let path = folder.file(
      "example.fiasco",
      hex(
        """
        B4 00 00 00 1D 00 00 00 02 E8 0E 4F 53 53 4F 20 55 41 52 54 2B 55 53 42 00 31 07 53 57 54 45 53
        54 00 54 04 2E 19 01 01 00 06 B8 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 00 80 00 00 00 00 31
        04 31 2E 30 00 32 20 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00 32 31 30 31 00 00 00 00 32
        31 30 32 00 00 00 00 34 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 80 53
        """) + "ABCDE".utf8 + Array(repeating: 0xFF, count: 123))
    let plan = try #require(try MkIIFamily().plan(PlanRequest(descriptors: [path]), for: Self.rx51))
    let write = try write(plan)
    let expected = hex(
      """
      2E 19 01 01 00 06 B8 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 00 80 00 00 00 00 32 20 52 58 2D
      35 31 00 00 00 00 00 00 00 00 00 00 00 32 31 30 31 00 00 00 00 32 31 30 32 00 00 00 00 31 04 31
      2E 30 00
      """)
    #expect(write.attributes["header"] == Hex.string(expected + [0]))
    #expect(write.attributes["hash"] == "06B8")
    #expect(write.attributes["version"] == "1.0")
    #expect(write.attributes["device"] == "RX-51:2101,2102")
    #expect(write.attributes["blocks"] == "1")
    #expect(write.image.offset == 122 && write.image.length == 128 && write.image.padding == nil)
    try MkIIImageCheck.verify(write)
  }

  @Test func `an image with several parts is described by blocks 34, which can be switched off`() throws {
    let path = folder.file(
      "mmc.fiasco",
      hex(
        """
        B4 00 00 00 14 00 00 00 01 E8 0E 4F 53 53 4F 20 55 41 52 54 2B 55 53 42 00 54 06 2E 19 01 01 00
        50 9A 6D 6D 63 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 31 04 31 2E 30 00 32 10 52 58
        2D 35 31 00 00 00 00 00 00 00 00 00 00 00 33 08 6D 6D 63 20 7B 0A 7D 0A 34 16 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 01 00 6D 79 64 6F 63 73 34 10 00 00 00 00 00 00 01 00 00 00 00 00 00 00
        01 00 80
        """) + "hello mydocs".utf8 + Array(repeating: 0xFF, count: 244) + "home tar data".utf8
        + Array(repeating: 0xFF, count: 243))
    for (sendsParts, count) in [(true, 2), (false, 0)] {
      var policy = MkIIPolicy()
      policy.sendsParts = sendsParts
      let plan = try #require(try MkIIFamily(policy: policy).plan(PlanRequest(descriptors: [path]), for: Self.rx51))
      let header = hex(try write(plan).attributes["header"] ?? "")
      #expect(header.last == 0)
      var blocks: [UInt8] = []
      var offset = 0
      while offset < header.count - 1 {
        let parsed = try FIASCOBlock.parse(header.rawSpan, at: offset)
        blocks.append(parsed.block.type)
        offset = parsed.end
      }
      #expect(blocks == [0x2E, 0x32, 0x31, 0x33] + Array(repeating: 0x34, count: count))
      #expect(try write(plan).attributes["layout"] == "mmc {\n}\n")
      #expect(plan.warnings == [])
    }
  }

  @Test func `an unpadded image is filled up with FF, and size and hash are of what is sent`() throws {
    let plan = try plan([TestImage(type: "kernel", content: Array("ABCDE".utf8))])
    let write = try write(plan)
    #expect(write.byteCount == 128)
    #expect(write.attributes["hash"] == "06B8")
    try MkIIImageCheck.verify(write)
  }

  @Test func `chooses the loaders for the device's revision and says why it leaves the others`() throws {
    let images = [
      TestImage(type: "2nd", content: bytes(9)),
      TestImage(type: "xloader", content: bytes(1), devices: [entry("RX-51", "2101", "2102")]),
      TestImage(type: "xloader", content: bytes(2), devices: [entry("RX-51", "2204")]),
      TestImage(type: "secondary", content: bytes(3), devices: [entry("RX-51")]),
      TestImage(type: "secondary", content: bytes(4), devices: [entry("RX-44")]),
      TestImage(type: "rootfs", content: bytes(5, 256)),
    ]
    let plan = try plan(images)
    #expect(names(plan) == ["xloader", "secondary", "reboot"])
    #expect(try write(plan).attributes["device"] == "RX-51:2101,2102")
    #expect(
      plan.skipped.map { [$0.name, $0.reason.rawValue] } == [
        ["2nd", "otherMode"], ["xloader", "otherDevice"], ["secondary", "otherDevice"],
        ["rootfs", "notSupportedByDevice"],
      ])
  }

  @Test func `none matching is an error for that type`() throws {
    let images = [TestImage(type: "kernel", content: bytes(1), devices: [entry("RX-51", "2204")])]
    #expect(throws: MkIIPlanError.noMatch(type: "kernel", device: "RX-51", revision: "2101")) { try plan(images) }
  }

  @Test func `a type that the device does not list may be for other devices`() throws {
    let images = [
      TestImage(type: "kernel", content: bytes(1)),
      TestImage(type: "initfs", content: bytes(2), devices: [entry("RX-44")]),
    ]
    let plan = try plan(images)
    #expect(names(plan) == ["kernel", "reboot"])
  }

  @Test func `several different matches are an error that names them, identical ones are one`() throws {
    let twins = [TestImage(type: "kernel", content: bytes(1)), TestImage(type: "kernel", content: bytes(1))]
    #expect(names(try plan(twins)) == ["kernel", "reboot"])
    let rivals = [
      TestImage(type: "kernel", content: bytes(1), version: "1"),
      TestImage(type: "kernel", content: bytes(2), version: "2"),
    ]
    #expect {
      try plan(rivals)
    } throws: { error in
      guard case MkIIPlanError.ambiguous("kernel", let candidates) = error else { return false }
      return candidates.count == 2 && candidates[0].contains("version 1") && candidates[1].contains("version 2")
    }
  }

  @Test func `several files are one choice: twins in two files are one, rivals are an error`() throws {
    let one = try folder.container("one.fiasco", [TestImage(type: "kernel", content: bytes(1))])
    let same = try folder.container("same.fiasco", [TestImage(type: "kernel", content: bytes(1))])
    let other = try folder.container("other.fiasco", [TestImage(type: "kernel", content: bytes(2))])
    let emmc = try folder.container("emmc.fiasco", [TestImage(type: "mmc", content: bytes(3), layout: [0x6D])])
    let plan = try #require(
      try MkIIFamily().plan(PlanRequest(descriptors: [emmc, one, same]), for: Self.rx51))
    #expect(names(plan) == ["kernel", "mmc", "reboot"])
    #expect(plan.descriptors == [emmc, one, same])
    #expect(throws: MkIIPlanError.self) {
      try MkIIFamily().plan(PlanRequest(descriptors: [one, other]), for: Self.rx51)
    }
  }

  @Test func `a loader without its sibling is refused unless forced`() throws {
    let images = [TestImage(type: "xloader", content: bytes(1))]
    #expect(throws: MkIIPlanError.unpairedLoaders(chosen: "xloader", missing: "secondary")) { try plan(images) }
    let forced = try plan(images) { $0.isForced = true }
    #expect(forced.warnings.map(\.code).contains("loaders-unpaired"))
  }

  @Test func `--type chooses, and what is not chosen is listed`() throws {
    let images = [TestImage(type: "kernel", content: bytes(1)), TestImage(type: "mmc", content: bytes(2, 256))]
    let plan = try plan(images) { $0.types = ["kernel"] }
    #expect(names(plan) == ["kernel", "reboot"])
    #expect(plan.skipped == [.init(name: "mmc", byteCount: 256, reason: .notSelected)])
    #expect(throws: MkIIPlanError.notInFiles(type: "cmt-algo")) {
      try self.plan([TestImage(type: "kernel", content: bytes(1))]) { $0.types = ["kernel", "cmt-algo"] }
    }
  }

  @Test func `--strict makes an image that the device does not list an error`() throws {
    let images = [TestImage(type: "kernel", content: bytes(1)), TestImage(type: "rootfs", content: bytes(2))]
    #expect(throws: MkIIPlanError.notListed(types: ["rootfs"])) { try plan(images) { $0.isStrict = true } }
  }

  @Test func `nothing left to flash is an error that lists what was left out`() throws {
    let skipped = FlashPlan.Skipped(name: "rootfs", byteCount: 128, reason: .notSupportedByDevice)
    #expect(throws: MkIIPlanError.nothingToFlash(skipped: [skipped])) {
      try plan([TestImage(type: "rootfs", content: bytes(2))])
    }
  }

  @Test func `a named RX-51 is assumed to list its seven types, other models nothing`() throws {
    let images = [TestImage(type: "kernel", content: bytes(1)), TestImage(type: "rootfs", content: bytes(2))]
    let assumed = try plan(images, for: Self.named)
    #expect(names(assumed) == ["kernel", "reboot"])
    #expect(assumed.warnings.map(\.code) == ["supported-images-assumed"])
    let other = DeviceIdentity(family: "mkii", model: "RM-680", mode: "")
    #expect(names(try plan(images, for: other)) == ["kernel", "rootfs", "reboot"])
  }

  @Test func `without a device a plan is made only if the images do not differ by device`() throws {
    let open = try plan([TestImage(type: "kernel", content: bytes(1))], for: nil)
    #expect(open.model == nil && names(open) == ["kernel", "reboot"])
    let one = try plan([TestImage(type: "kernel", content: bytes(1), devices: [entry("RX-51")])], for: nil)
    #expect(try write(one).attributes["device"] == "RX-51")
    let images = [
      TestImage(type: "kernel", content: bytes(1), devices: [entry("RX-51")]),
      TestImage(type: "kernel", content: bytes(2), devices: [entry("RX-44")]),
    ]
    #expect(throws: MkIIPlanError.modelNeeded(devices: ["RX-51", "RX-44"])) { try plan(images, for: nil) }
    let revisions = [TestImage(type: "kernel", content: bytes(1), devices: [entry("RX-51", "2101")])]
    #expect(throws: MkIIPlanError.revisionNeeded(types: ["kernel"])) { try plan(revisions, for: nil) }
  }

  @Test func `images for certain revisions need the revision, or force`() throws {
    let device = DeviceIdentity(family: "mkii", model: "RX-51", mode: "")
    let images = [TestImage(type: "kernel", content: bytes(1), devices: [entry("RX-51", "2101")])]
    #expect(throws: MkIIPlanError.revisionNeeded(types: ["kernel"])) { try plan(images, for: device) }
    let forced = try plan(images, for: device) { $0.isForced = true }
    #expect(forced.warnings.map(\.code).contains("hardware-revision-unknown"))
  }

  @Test func `an unknown product code or an untried protocol version needs force, which the plan remembers`() throws {
    let images = [TestImage(type: "kernel", content: bytes(1))]
    var device = Self.rx51
    device.model = "RX-99"
    #expect(throws: MkIIPlanError.unknownProduct("RX-99")) { try plan(images, for: device) }
    #expect(try plan(images, for: device) { $0.isForced = true }.warnings.map(\.code) == ["unknown-product-code"])
    device = Self.rx51
    device.facts[0] = .init("protocol version", .text("1.8"))
    #expect(throws: MkIIPlanError.experimentalVersion("1.8")) { try plan(images, for: device) }
    let forced = try plan(images, for: device) { $0.isForced = true }
    #expect(forced.warnings.map(\.code) == ["experimental-protocol-version"])
  }

  @Test func `an empty image cannot be flashed`() throws {
    #expect(throws: MkIIPlanError.self) { try plan([TestImage(type: "kernel", content: [])]) }
  }

  @Test func `an mmc image without a layout is planned with a warning`() throws {
    let plan = try plan([TestImage(type: "mmc", content: bytes(1, 256))])
    #expect(plan.warnings.map(\.code) == ["mmc-without-layout"])
  }

  @Test func `data that look like another type are flashed from a container with a warning`() throws {
    let plan = try plan([TestImage(type: "kernel", content: Array("UBI#".utf8) + bytes(0, 124))])
    #expect(plan.warnings == [.init(code: "detected-type-differs", subject: "kernel", facts: ["detected": "rootfs"])])
  }

  @Test func `files of other families are not ours, and a FIASCO file beside one is an error`() throws {
    let scatter = folder.file("scatter.txt", Array("- general".utf8))
    let fiasco = try folder.container("a.fiasco", [TestImage(type: "kernel", content: bytes(1))])
    #expect(try MkIIFamily().plan(PlanRequest(descriptors: [scatter]), for: nil) == nil)
    #expect(try MkIIFamily().plan(PlanRequest(descriptors: [folder.path]), for: nil) == nil)
    #expect(throws: MkIIPlanError.notFIASCO(path: scatter)) {
      try MkIIFamily().plan(PlanRequest(descriptors: [fiasco, scatter]), for: nil)
    }
    #expect(throws: MkIIPlanError.file(.missing(path: folder.path + "/none"))) {
      try MkIIFamily().plan(PlanRequest(descriptors: [folder.path + "/none"]), for: nil)
    }
    let qualcomm = DeviceIdentity(family: "qualcomm", model: nil, mode: "EDL")
    #expect(try MkIIFamily().plan(PlanRequest(descriptors: [fiasco]), for: qualcomm) == nil)
  }

  @Test func `a damaged container is refused with its offset`() throws {
    let path = try folder.container("a.fiasco", [TestImage(type: "kernel", content: bytes(1))])
    let file = try RegularFile(path: path)
    var content = try file.bytes(at: 0, count: Int(try file.length()))
    content[40] ^= 1
    let broken = folder.file("broken.fiasco", content)
    #expect {
      try MkIIFamily().plan(PlanRequest(descriptors: [broken]), for: Self.rx51)
    } throws: { error in
      guard case MkIIPlanError.file(.malformed(broken, _, _)) = error else { return false }
      return true
    }
  }
}
