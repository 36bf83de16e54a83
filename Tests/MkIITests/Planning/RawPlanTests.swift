import FlashCore
import FlashImages
import MkII
import Testing
import WireFormat

@Suite("Plans from TYPE=FILE pairs (10, 15)")
struct RawPlanTests {
  let folder = TemporaryFolder()
  private let rx51 = ContainerPlanTests.rx51

  private func plan(
    _ pairs: [(String, [UInt8])], for device: DeviceIdentity? = ContainerPlanTests.rx51,
    _ change: (inout PlanRequest) -> Void = { _ in }
  ) throws -> FlashPlan? {
    var request = PlanRequest()
    for (index, pair) in pairs.enumerated() {
      request.pairs.append(.init(region: pair.0, path: folder.file("raw-\(index)", pair.1)))
    }
    change(&request)
    return try MkIIFamily().plan(request, for: device)
  }

  private func writes(_ plan: FlashPlan?) -> [FlashPlan.Write] {
    (plan?.steps ?? []).compactMap { if case .write(let write) = $0 { write } else { nil } }
  }

  @Test func `a raw file gets a header of its own, with the device and FF up to the multiple`() throws {
    let writes = writes(try plan([("kernel", Array("ABCDE".utf8))]))
    let expected =
      hex("2E 19 01 01 00 06 B8") + Array("kernel".utf8) + Array(repeating: 0, count: 6)
      + hex("00 00 00 80 00 00 00 00")
      + hex("32 10") + Array("RX-51".utf8) + Array(repeating: 0, count: 11) + [0]
    #expect(writes.map(\.byteCount) == [128])
    #expect(writes.first?.attributes["header"] == Hex.string(expected))
    #expect(writes.first?.image.padding == 0xFF)
    for write in writes { try MkIIImageCheck.verify(write) }
  }

  @Test func `mmc is filled up to 256, takes the layout, and goes last`() throws {
    let layout = folder.file("layout.txt", Array("mmc {\n}\n".utf8))
    let plan = try plan([("mmc", Array(repeating: 1, count: 300)), ("kernel", [1])]) { $0.layoutPath = layout }
    #expect(writes(plan).map(\.name) == ["kernel", "mmc"])
    #expect(writes(plan).map(\.byteCount) == [128, 512])
    #expect(writes(plan).last?.attributes["layout"] == "mmc {\n}\n")
    #expect(
      writes(plan).last?.attributes["header"]?.hasSuffix(Hex.string([0x33, 8] + "mmc {\n}\n".utf8 + [0])) == true)
    #expect(plan?.warnings == [])
  }

  @Test func `mmc without a layout is planned with a warning, a layout without mmc too`() throws {
    #expect(try plan([("mmc", [1])])?.warnings.map(\.code) == ["mmc-without-layout"])
    let layout = folder.file("layout.txt", [0x6D])
    #expect(try plan([("kernel", [1])]) { $0.layoutPath = layout }?.warnings.map(\.code) == ["layout-unused"])
  }

  @Test func `a layout is at most 255 bytes`() throws {
    let layout = folder.file("layout.txt", Array(repeating: 0x20, count: 256))
    #expect(throws: MkIIPlanError.layoutTooLong(path: layout, byteCount: 256)) {
      try plan([("mmc", [1])]) { $0.layoutPath = layout }
    }
  }

  @Test func `content that contradicts the type is refused unless forced`() throws {
    let zImage = Array(repeating: 0 as UInt8, count: 36) + [0x18, 0x28, 0x6F, 0x01]
    #expect {
      try plan([("mmc", zImage)])
    } throws: { error in
      guard case MkIIPlanError.detectedOtherType(_, "mmc", "kernel") = error else { return false }
      return true
    }
    let forced = try plan([("mmc", zImage)]) { $0.isForced = true }
    #expect(forced?.warnings.map(\.code).contains("detected-type-differs") == true)
    #expect(throws: MkIIPlanError.self) { try plan([("kernel", [0xB4, 0, 0])]) }
  }

  @Test func `the user's own types are refused rather than left out`() {
    #expect(throws: MkIIPlanError.notListed(types: ["rootfs"])) { try plan([("rootfs", [1]), ("kernel", [1])]) }
    #expect(throws: MkIIPlanError.unknownType("boot")) { try plan([("boot", [1])]) }
    #expect(throws: MkIIPlanError.otherMode(type: "2nd")) { try plan([("2nd", [1])]) }
    #expect(throws: MkIIPlanError.namedTwice(type: "kernel")) { try plan([("kernel", [1]), ("kernel", [2])]) }
    #expect(throws: MkIIPlanError.self) { try plan([("kernel", [])]) }
    #expect(throws: MkIIPlanError.unpairedLoaders(chosen: "secondary", missing: "xloader")) {
      try plan([("secondary", [1])])
    }
  }

  @Test func `a type that only this device lists can be flashed`() throws {
    var device = rx51
    device.facts[1] = .init("supported images", .list(["moslo"]))
    #expect(writes(try plan([("moslo", [1])], for: device)).map(\.name) == ["moslo"])
  }

  @Test func `an image of 4 GiB is too large`() throws {
    let path = folder.sparseFile("huge", byteCount: 1 << 32)
    let request = PlanRequest(pairs: [.init(region: "mmc", path: path)])
    #expect(throws: MkIIPlanError.tooLarge(type: "mmc", byteCount: 1 << 32)) {
      try MkIIFamily().plan(request, for: rx51)
    }
  }

  @Test func `a pair replaces the container's image of its type`() throws {
    let container = try folder.container(
      "a.fiasco", [TestImage(type: "kernel", content: [1]), TestImage(type: "cmt-algo", content: [2])])
    let plan = try plan([("kernel", [3])]) { $0.descriptors = [container] }
    #expect(writes(plan).map(\.name) == ["cmt-algo", "kernel"])
    #expect(writes(plan).last?.image.path.hasSuffix("raw-0") == true)
    #expect(plan?.skipped == [.init(name: "kernel", byteCount: 128, reason: .notSelected)])
  }

  @Test func `without a device, pairs are ours only when every region is an image type`() throws {
    #expect(writes(try plan([("kernel", [1])], for: nil)).map(\.name) == ["kernel"])
    #expect(try plan([("boot", [1])], for: nil) == nil)
    #expect(try plan([], for: rx51) == nil)
  }
}
