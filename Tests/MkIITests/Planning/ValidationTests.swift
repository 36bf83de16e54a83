import FlashCore
import FlashImages
import MkII
import Testing
import USBWire
import WireFormat

@Suite("What a target checks before the first byte")
struct ValidationTests {
  let folder = TemporaryFolder()

  private func plan(_ content: [UInt8] = [1, 2, 3], type: String = "kernel") throws -> FlashPlan {
    let request = PlanRequest(pairs: [.init(region: type, path: folder.file("raw", content))])
    return try #require(try MkIIFamily().plan(request, for: ContainerPlanTests.rx51))
  }

  private func changed(_ plan: FlashPlan, _ change: (inout FlashPlan.Write) -> Void) -> FlashPlan {
    var plan = plan
    if case .write(var write)? = plan.steps.first {
      change(&write)
      plan.steps[0] = .write(write)
    }
    return plan
  }

  private static func get(_ id: UInt8, _ item: String, _ value: String) -> [ScriptedLink.Step] {
    [
      .host(MkIIRequest.get(item: item).message(transactionID: id).bytes),
      .device(MkIIMessage(.reply, transactionID: id, messageID: 0x21, data: [0] + value.utf8).bytes),
    ]
  }

  private static let types = "xloader,secondary,kernel,mmc,cmt-2nd,cmt-algo,cmt-mcusw"

  /// The device says once more what it is.
  private static func confirmation(
    product: String = "RX-51", revision: String = "2101", images: String = types
  ) -> [ScriptedLink.Step] {
    get(7, "/device/product_code", product) + get(8, "/device/hw_build", revision)
      + get(9, "/update/supported_images", images)
  }

  @Test func `asks once more what decides the choice of images, and checks every hash`() async throws {
    let (target, link) = try await connect(Self.confirmation())
    try await target.validate(try plan())
    #expect(link.problems == [])
  }

  @Test("a device that answers differently the second time is not flashed", arguments: 0..<3)
  func changedAnswer(item: Int) async throws {
    let steps = [
      Self.confirmation(product: "RX-44"), Self.confirmation(revision: "2102"), Self.confirmation(images: "kernel"),
    ][item]
    let (target, _) = try await connect(steps)
    let plan = try plan()
    await #expect {
      try await target.validate(plan)
    } throws: { error in
      guard case MkIIError.violation(.changedAnswer, "GET") = error else { return false }
      return true
    }
  }

  @Test func `a file that changed since the plan was made is found out`() async throws {
    let plan = try plan()
    _ = folder.file("raw", [1, 2, 4])
    let (target, _) = try await connect(Self.confirmation())
    await #expect {
      try await target.validate(plan)
    } throws: { error in
      guard case MkIIError.hashMismatch(image: "kernel", _, 0) = error else { return false }
      return (error as? MkIIError)?.category == .file
    }
  }

  @Test func `a file that became longer is sent as planned; one that became shorter is found out`() async throws {
    let plan = try plan()
    _ = folder.file("raw", [1])
    let (target, _) = try await connect(Self.confirmation())
    await #expect(throws: MkIIError.self) { try await target.validate(plan) }
  }

  @Test func `a plan for another device, revision or family is refused before anything is asked`() async throws {
    let (target, link) = try await connect()
    var plan = try plan()
    plan.model = "RX-44"
    await #expect(throws: MkIIError.otherDevice(planned: "RX-44", found: "RX-51")) { try await target.validate(plan) }
    plan.model = "RX-51"
    plan.hardwareRevision = "2204"
    await #expect(throws: MkIIError.otherDevice(planned: "RX-51 2204", found: "RX-51 2101")) {
      try await target.validate(plan)
    }
    plan.family = "mediatek"
    await #expect(throws: MkIIError.otherDevice(planned: "mediatek", found: "mkii")) {
      try await target.validate(plan)
    }
    #expect(link.problems == [])
  }

  @Test func `steps that are no Mk II images are refused with what does not fit`() async throws {
    let (target, _) = try await connect()
    let plan = try plan()
    func expect(_ error: MkIIError, _ change: (inout FlashPlan.Write) -> Void) async {
      let changed = changed(plan, change)
      await #expect(throws: error) { try await target.validate(changed) }
    }
    await expect(.invalidStep(name: "kernel", reason: "header")) { $0.attributes["header"] = "nonsense" }
    await expect(.invalidStep(name: "kernel", reason: "header")) { $0.attributes["header"] = nil }
    await expect(.invalidStep(name: "kernel", reason: "size")) { $0.byteCount = 0 }
    await expect(.invalidStep(name: "kernel", reason: "size in the header")) { $0.byteCount += 1 }
    await expect(.tooLarge(image: "kernel", byteCount: 1 << 32)) { $0.byteCount = 1 << 32 }
    await expect(.invalidStep(name: "kernel", reason: "extent")) { $0.extent.length = 5 }
    await expect(.notListed(types: ["rootfs"])) { $0.name = "rootfs" }
    await expect(.invalidStep(name: "mmc", reason: "type in the header")) {
      $0.name = "mmc"
      $0.extent = PlanExtent(section: "mmc")
    }
  }

  @Test func `one image twice, or a reboot into a mode that does not exist, is refused`() async throws {
    let (target, _) = try await connect()
    var plan = try plan()
    plan.steps.insert(plan.steps[0], at: 0)
    await #expect(throws: MkIIError.invalidStep(name: "kernel", reason: "written twice")) {
      try await target.validate(plan)
    }
    plan.steps = [.reboot(.edl)]
    await #expect(throws: UnsupportedOperation.self) { try await target.validate(plan) }
  }

  @Test func `without a raw endpoint nothing can be sent, but a reboot is fine`() async throws {
    var device = USBDeviceInfo.rx51
    device.configuration?.settings.removeAll { $0.number == 2 }
    let (target, link) = try await connect(kind: .usb(device))
    #expect(target.identity["raw endpoint"] == .text("none"))
    var plan = try plan()
    await #expect(throws: MkIIError.noRawEndpoint) { try await target.validate(plan) }
    plan.steps = [.reboot(.system)]
    try await target.validate(plan)
    #expect(link.problems == [])
  }
}
