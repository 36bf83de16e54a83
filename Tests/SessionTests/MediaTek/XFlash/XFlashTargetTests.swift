import FlashCore
import FlashImages
import Synchronization
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XFlash: everyday commands` {
  private let files: FixtureFiles
  private let agents: String
  private var options = MediaTekOptions()

  init() throws {
    files = try FixtureFiles()
    agents = files.write(MediaTekFixtures(.mt6765).agents, to: "DA.bin")
    options.preloader = files.write(
      FixturePreloader.bytes(platform: "MT6765", layout: MediaTekDevice.mt6765.layout), to: "preloader.bin")
  }

  private func rig(_ device: MediaTekDevice = .mt6765, quirks: [String] = []) throws -> BootROMRig {
    try BootROMRig(device.name, quirks: quirks, options: options, loaders: [agents])
  }

  @Test("partitions are those of the user section", arguments: [MediaTekDevice.mt6765, .mt6785].map(\.name))
  func partitions(name: String) async throws {
    let device = try #require(MediaTekDevice.all.first { $0.name == name })
    let (partitions, tables) = try await rig(device).withTarget { target in
      (try await target.partitions(), try await target.partitionTables())
    }
    #expect(partitions.contains { $0.name == "nvram" } && partitions.last?.name == "userdata")
    #expect(Set(partitions.map(\.extent.section)) == [name == "mt6785" ? "lun2" : "user"])
    #expect(tables?.gaps.isEmpty == true)
  }

  @Test func `an image is written where a partition is, and what it skips stays`() async throws {
    let bytes = XFlashRig.pattern(70_000)
    let back = try await rig().withTarget { target in
      let range = try await target.resolve(try await target.resolve(Region.named("lk")))
      try await target.write(FillImageSource(.zeros, byteCount: 1 << 17), to: range) { _ in }
      try await target.write(try RandomAccessImageSource(MemoryBytes(bytes)), to: range) { _ in }
      return try await target.bytes(of: range)
    }
    #expect(Array(back.prefix(70_000)) == bytes && back.count == 2 << 20)
  }

  @Test func `identifying with an agent adds what it knows`() async throws {
    let identity = try await rig().withTarget { try await $0.identify() }
    #expect(identity.mode == "boot ROM" && identity["hardware code"] == .text("0x0766"))
    #expect(identity["agent version"] == .text("1.0") && identity["storage"] == .text("eMMC"))
    let bare = try BootROMRig("mt6765", options: options)
    #expect(try await bare.identity()["agent version"] == nil)
  }

  @Test func `a second command finds the agent that the first one started`() async throws {
    let rig = try rig()
    _ = try await rig.withTarget { try await $0.storage() }
    let again = try await rig.withTarget { target in
      #expect(target.identity.mode == "agent")
      return (try await target.identify(), try await target.storage())
    }
    #expect(again.0["agent version"] == .text("1.0") && again.1["boot1"]?.byteCount == 32 << 20)
    try await rig.withTarget { try await $0.reboot(to: .system) }
    #expect(try await rig.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0x0003)
  }

  @Test func `without an agent file the storage cannot be reached, and that is said`() async throws {
    let rig = try BootROMRig("mt6765", options: options)
    let outcome = await rig.outcome { try await rig.withTarget { try await $0.storage() } }
    #expect(outcome == .failed(.noAgentFile))
  }

  @Test func `a restart needs no agent where none runs`() async throws {
    let rig = try rig()
    try await rig.withTarget { try await $0.reboot(to: .system) }
    #expect(!rig.log.traces.contains("BOOT_TO"))
  }

  @Test func `plans write regions, and ask before data of one device is lost`() throws {
    let image = files.write(XFlashRig.pattern(1000), to: "x.img")
    let device = DeviceIdentity(family: "mediatek", model: "MT6765", mode: "boot ROM")
    var request = PlanRequest(pairs: [.init(region: "boot", path: image)])
    let plan = try #require(try MediaTekFamily().plan(request, for: device))
    #expect(plan.steps.count == 2 && plan.steps.last == .reboot(.system))
    #expect(try MediaTekFamily().plan(request, for: nil) == nil)
    for region in ["nvram", "user/seccfg", "rpmb/0x0+0x200"] {
      request.pairs = [.init(region: region, path: image)]
      #expect(throws: MediaTekPlanError.protectedRegions([region])) { try MediaTekFamily().plan(request, for: device) }
      request.package.allowsProtected = true
      #expect(try MediaTekFamily().plan(request, for: device) != nil)
      request.package.allowsProtected = false
    }
    request.pairs = [.init(region: "a/b/c", path: image)]
    #expect(throws: MediaTekPlanError.badRegion("a/b/c")) { try MediaTekFamily().plan(request, for: device) }
  }
}
