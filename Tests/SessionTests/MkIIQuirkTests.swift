import FlashCore
import MkII
import Testing

/// Every quirk switch and knob of `docs/protocols/mkii.md` 14.2 and 14.3 that changes what a host sees.
@Suite("Mk II: quirks and knobs of the simulated device")
struct MkIIQuirkTests {
  private static let images = Result { try FlashImagesFolder() }

  private func rig(
    _ medium: FlashRig.Medium = .usb, quirks: [String] = [], settings: [(key: String, value: String)] = []
  ) throws -> FlashRig {
    try FlashRig(try Self.images.get(), medium: medium, quirks: quirks, settings: settings)
  }

  @Test(
    "a device with this quirk is flashed all the same", arguments: FlashRig.Medium.allCases,
    [
      "slow-first-ping:400", "slow-first-ping:4000", "service-late:3000", "service-late:20000", "nul-in-values",
      "reply-512", "oversize-reply", "zero-credit:5", "total-unknown", "unknown-states", "refuse-second-begin",
    ])
  func harmless(medium: FlashRig.Medium, quirk: String) async throws {
    let rig = try rig(medium, quirks: [quirk])
    for _ in 1...2 {
      #expect(await rig.outcome { try await rig.flash() } == .done)
      #expect(rig.wrongImages == [])
    }
  }

  @Test("PC Suite strings change nothing but the mode")
  func pcSuite() async throws {
    let rig = try rig(quirks: ["pc-suite-strings"])
    #expect(try await rig.withTarget { $0.mode } == .pcSuite)
    #expect(await rig.outcome { try await rig.flash() } == .done)
    #expect(rig.wrongImages == [])
  }

  @Test("any reply may come twice, or in two transfers", arguments: FlashRig.Medium.allCases, ["duplicate", "split"])
  func everyReply(medium: FlashRig.Medium, quirk: String) async throws {
    for number in 1...55 {
      let rig = try rig(medium, quirks: ["\(quirk)-reply:\(number)"])
      #expect(await rig.outcome { try await rig.flash() } == .done, "reply \(number)")
      #expect(rig.wrongImages == [], "reply \(number)")
    }
  }

  @Test(
    "a reply that is lost, or has a wrong transaction id, ends in silence; only PING is repeated",
    arguments: ["drop-reply", "wrong-transaction-id"])
  func lostReply(quirk: String) async throws {
    for number in 1...30 {
      let rig = try rig(quirks: ["\(quirk):\(number)"])
      let expected: FlashRig.Outcome = number == 1 ? .done : .failed(.timeout)
      #expect(await rig.outcome { try await rig.flash(reboots: false) } == expected, "reply \(number)")
      #expect(await rig.outcome { try await rig.flash() } == .done, "after reply \(number)")
      #expect(rig.wrongImages == [], "after reply \(number)")
    }
  }

  /// The error of a flash session that must not succeed.
  private func failure(of rig: FlashRig, reboots: Bool = true) async -> MkIIError? {
    do {
      _ = try await rig.flash(reboots: reboots)
      Issue.record("a success")
      return nil
    } catch {
      #expect(rig.wrongImages != [])
      return (error as? PlanRunner.Failure)?.underlying as? MkIIError ?? error as? MkIIError
    }
  }

  @Test(
    "a device that fails at a byte tells its code, and how far it had come is known",
    arguments: FlashRig.Medium.allCases)
  func failsAtByte(medium: FlashRig.Medium) async throws {
    let rig = try rig(medium, quirks: ["fail-at-byte:6000"])
    let error = await failure(of: rig)
    guard case .sending(let progress, .refused(_, let code)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect([.unknownError, .wrongState].contains(code))
    // The modem helper has taken 1024 bytes; the kernel fails in its second block.
    #expect(progress.image == "kernel")
    #expect(progress.isBegun)
    #expect(progress.accepted == 8 << 10 || progress.accepted == 9 << 10)
  }

  @Test func `a hash that the device finds wrong is a security failure`() async throws {
    let error = await failure(of: try rig(quirks: ["security-failure"]))
    guard case .sending(let progress, .refused("SU_GET_UPDATE_STATUS_REQ", .securityFailure)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(progress.accepted == progress.total)
  }

  @Test func `a raw endpoint that takes nothing is a timeout after 10 s, with the device's code`() async throws {
    let error = await failure(of: try rig(quirks: ["nak-at-byte:6000"]))
    guard case .sending(let progress, .rawWriteFailed(.timedOut, let code)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(code == .success)
    #expect(progress.image == "kernel" && progress.accepted < progress.total)
    #expect(error?.category == .timeout)
  }

  @Test(arguments: FlashRig.Medium.allCases)
  func `a device that leaves in the middle of a block is a failed transfer`(medium: FlashRig.Medium) async throws {
    let error = await failure(of: try rig(medium, quirks: ["disconnect-at-byte:6000"]))
    #expect(error?.category == .transfer)
    #expect(error?.progress?.image == "kernel")
  }

  @Test func `a device that stops consuming at 32 MiB is a credit timeout with the numbers`() async throws {
    let images = try FlashImagesFolder(kernel: 100, mmc: (32 << 20) + 4096)
    let rig = try FlashRig(images, quirks: ["frozen-credit"], policy: MkIIPolicy())
    let error = await failure(of: rig)
    guard case .sending(let progress, .creditTimedOut(0, 4096, let after))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(progress.accepted == 32 << 20)
    #expect(after >= .seconds(120) && after < .seconds(121))
  }

  @Test func `after a failure that sticks BEGIN is refused until the device has rebooted`() async throws {
    let rig = try rig(quirks: ["failure-sticks", "fail-at-byte:6000"])
    _ = await failure(of: rig)
    guard case .sending(_, .refused("BEGIN", _))? = await failure(of: rig) else {
      Issue.record("BEGIN was not refused")
      return
    }
    try await rig.withTarget { try await $0.reboot(to: .update) }
    #expect(await rig.outcome { try await rig.flash() } == .done)
    #expect(rig.wrongImages == [])
  }

  @Test func `without a raw interface a device can be asked and rebooted, and flashing is refused`() async throws {
    let rig = try rig(quirks: ["no-raw-interface"])
    #expect(try await rig.withTarget { $0.identity["raw endpoint"] } == .text("none"))
    #expect(await failure(of: rig) == .noRawEndpoint)
    #expect(await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .system) } } == .done)
  }

  @Test func `U-Boot's gadget is no Mk II device`() async throws {
    let rig = try rig(quirks: ["u-boot"])
    #expect(await rig.outcome { try await rig.withTarget { $0.mode } } == .failed(.protocolFailure))
    let link = try await rig.provider.open(waitLimit: nil)
    guard case .usb(let device) = link.kind else { return }
    #expect(MkIIFamily().recognise(device) == nil)
  }

  @Test(
    "a device set up like this is flashed all the same",
    arguments: [
      [("layout", "L1")], [("layout", "L1"), ("handles", "counted")], [("handles", "counted")], [("window", "4K")],
      [("window", "8K"), ("consume-rate", "10K")], [("hold-back", "6K")], [("init-ms", "3000")],
      [("init-ms", "20000"), ("window", "4K")], [("finish-ms", "8000")], [("raw-endpoint", "5")],
      [("require-negotiation", "no")], [("unknown-type", "phonet")], [("unknown-type", "silence")],
      [("granularity", "4096")], [("hw-build", "2204")], [("finish-ms", "200000")],
      [("supported-images", "mmc+kernel+cmt-algo+rootfs+moslo")],
    ] as [[(key: String, value: String)]])
  func knobs(settings: [(key: String, value: String)]) async throws {
    for medium in FlashRig.Medium.allCases {
      let rig = try rig(medium, settings: settings)
      #expect(await rig.outcome { try await rig.flash() } == .done, "\(settings) over \(medium)")
      #expect(rig.wrongImages == [], "\(settings) over \(medium)")
    }
  }

  @Test func `the profile of the capture is flashed with blocks of a megabyte`() async throws {
    let images = try FlashImagesFolder(kernel: 100, mmc: 5 << 20)
    let rig = try FlashRig(images, settings: [("profile", "capture")], policy: MkIIPolicy())
    #expect(await rig.outcome { try await rig.flash() } == .done)
    #expect(rig.wrongImages == [])
  }

  @Test func `a window smaller than a block never has room for one`() async throws {
    let error = await failure(of: try rig(settings: [("window", "2K")]))
    guard case .sending(let progress, .creditTimedOut(let available, let needed, _))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(available == 2048 && needed == 4096 && progress.accepted == 0)
  }

  @Test func `version 1.8 is flashed only with force`() async throws {
    let rig = try rig(settings: [("protocol-version", "1.8")])
    #expect(await rig.outcome { try await rig.flash() } == .failed(.plan))
    #expect(await rig.outcome { try await rig.flash { $0.isForced = true } } == .done)
    #expect(rig.wrongImages == [])
    #expect(try await rig.withTarget { $0.identity["software release"] } == .unknown)
  }

  @Test func `a product code that is unknown or empty is flashed only with force`() async throws {
    for code in ["RX-99", ""] {
      let rig = try rig(settings: [("product-code", code), ("product-string", "Nxy")])
      #expect(await rig.outcome { try await rig.flash() } == .failed(.plan))
      #expect(rig.wrongImages.count == 3)
    }
  }

  @Test func `a product code that contradicts the product string stops the session`() async throws {
    let rig = try rig(settings: [("product-code", "RM-680")])
    #expect(await rig.outcome { try await rig.withTarget { $0.mode } } == .failed(.protocolFailure))
  }

  @Test func `images for other revisions are not flashed`() async throws {
    let rig = try rig(settings: [("hw-build", "2108")])
    #expect(await rig.outcome { try await rig.flash() } == .failed(.plan))
    #expect(rig.wrongImages.count == 3)
  }
}
