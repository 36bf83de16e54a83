import FlashCore
import FlashImages
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XFlash: starting` {
  @Test func `a boot ROM's agent needs settings of memory`() async throws {
    let rig = try XFlashRig { $0.preloader = nil }
    #expect(await rig.outcome { try await $0.storage() } == .failed(.memorySettingsMissing))
    let preloader = try XFlashRig(.mt6765, [("actor", "preloader")]) { $0.preloader = nil }
    #expect(await preloader.outcome { try await $0.storage() } == .done)
  }

  @Test func `settings that do not fit are told`() async throws {
    let rig = try XFlashRig(quirks: ["emi-mismatch:1"])
    #expect(await rig.outcome { try await $0.storage() } == .failed(.memoryFailed(.memoryVersionMismatch)))
  }

  @Test func `a file without settings is refused before it is sent`() async throws {
    let files = try FixtureFiles()
    let path = files.write([UInt8](repeating: 7, count: 5000), to: "none.bin")
    let rig = try XFlashRig { $0.preloader = path }
    guard case .failed(.file(.malformed(path, _, _))) = await rig.outcome({ try await $0.storage() }) else {
      Issue.record("another outcome")
      return
    }
  }

  @Test func `a second stage that does not come up is told`() async throws {
    let rig = try XFlashRig(quirks: ["no-second-boot-status"])
    #expect(await rig.outcome { try await $0.storage() } == .failed(.secondStageSilent(after: .seconds(10))))
    // An agent from a preloader is believed to have memory; without any, it falls silent.
    let dead = try XFlashRig(.mt6765, [("connection-agent", "preloader")])
    #expect(await dead.outcome { try await $0.storage() } == .done)
  }

  @Test func `a locked phone gets its challenge signed`() async throws {
    let device = MediaTekDevice.mt6765.secured()
    #expect(await (try XFlashRig(device)).outcome { try await $0.storage() } == .done)
    let short = try XFlashRig(device, quirks: ["short-fw-info"])
    #expect(await short.outcome { try await $0.storage() } == .done)
  }

  @Test func `a locked agent without a signer is told before the storage is touched`() async throws {
    let rig = try XFlashRig(.mt6765, [("agent-sla", "yes")]) { $0.signer = nil }
    #expect(await rig.outcome { try await $0.storage() } == .failed(.signatureMissing))
  }

  @Test func `a wrong signature is told`() async throws {
    let rig = try XFlashRig(.mt6765, [("agent-sla", "yes"), ("agent-signature", "0102")])
    #expect(await rig.outcome { try await $0.storage() } == .failed(.signatureRefused(.paddingFailed)))
  }

  @Test func `a device at full speed is followed to high speed`() async throws {
    let rig = try XFlashRig(.mt6765, [("usb-speed", "full-speed")])
    let bytes = try await rig.withAgent { agent in
      guard case .usb(let info) = await agent.driver.channel.link.kind else { return [UInt8]() }
      #expect(info.productID == 0x2001)
      return try await agent.bytes(StorageRange(section: "user", bytes: 512..<1024))
    }
    #expect(bytes.starts(with: "EFI PART".utf8))
  }

  @Test func `an agent that cannot change its speed stays at it`() async throws {
    let rig = try XFlashRig(.mt6765, [("usb-speed", "full-speed"), ("speed-switch", "no")])
    #expect(await rig.outcome { try await $0.storage() } == .done)
    #expect(rig.log.notices.contains("xflash.speed-stays"))
    let kept = try XFlashRig(.mt6765, [("usb-speed", "full-speed")]) { $0.keepsUSBSpeed = true }
    #expect(await kept.outcome { try await $0.storage() } == .done)
    #expect(!kept.log.traces.contains("SWITCH_USB_SPEED"))
  }

  @Test func `a device that does not come back from its change of speed is told`() async throws {
    let rig = try XFlashRig(.mt6765, [("usb-speed", "full-speed"), ("speed-switch-ms", "60000")])
    guard case .failed(.notBack(_, during: "SWITCH_USB_SPEED")) = await rig.outcome({ try await $0.storage() }) else {
      Issue.record("another outcome")
      return
    }
  }

  @Test func `a second run finds the agent, and goes on`() async throws {
    let rig = try XFlashRig()
    try await rig.withAgent { try await $0.write([1, 2, 3], at: 0, of: "boot1") }
    for _ in 0..<2 {
      let bytes = try await rig.attach { try await $0.bytes(StorageRange(section: "boot1", bytes: 0..<512)) }
      #expect(bytes.starts(with: [1, 2, 3]))
    }
  }

  @Test func `a first stage that was left alone is brought up`() async throws {
    let rig = try XFlashRig()
    let archive = try BootROMRig.agents(for: rig.device)
    // Started, and left before it was set up.
    try await rig.base.withTarget { _ = try await $0.driver.startAgent(from: archive) }
    let map = try await rig.attach(archive: archive) { try await $0.storage() }
    #expect(map["user"]?.byteCount == 1 << 30)
  }

  @Test func `a first stage without an agent file is told`() async throws {
    let rig = try XFlashRig(quirks: ["emi-mismatch:1"])
    #expect(await rig.outcome { try await $0.storage() } == .failed(.memoryFailed(.memoryVersionMismatch)))
    await #expect(throws: XFlashError.firstStageOnly) { try await rig.attach { try await $0.storage() } }
    // With the file it is brought up: the second settings of memory fit.
    let archive = try BootROMRig.agents(for: rig.device)
    let map = try await rig.attach(archive: archive) { try await $0.storage() }
    #expect(map["user"]?.byteCount == 1 << 30)
  }

  @Test func `an agent that demands a signature is attached to`() async throws {
    let rig = try XFlashRig(.mt6765.secured())
    try await rig.withAgent { _ = try await $0.storage() }
    #expect(try await rig.attach { try await $0.storage() }["user"] != nil)
  }

  @Test(
    "an agent that was left in the middle of something is found again",
    arguments: ["control", "read", "taken", "write", "half"])
  func middle(what: String) async throws {
    let rig = try XFlashRig()
    try await rig.withAgent { agent in
      let user = XFlashSection(number: 8)
      let extent = XFlashExtent(type: .emmc, section: user, start: 0, length: 1 << 20).bytes
      let frames: [XFlashFrame] =
        switch what {
        case "control": [XFlashFrame(XFlashCommand.deviceControl.rawValue)]
        case "read", "taken": [XFlashFrame(XFlashCommand.readData.rawValue), XFlashFrame(extent)]
        default: [XFlashFrame(XFlashCommand.writeData.rawValue), XFlashFrame(extent)]
        }
      let channel = await agent.driver.channel
      for frame in frames { try await channel.write(frame.bytes, limit: .seconds(1)) }
      // A chunk that nobody has acknowledged.
      if what == "taken" { _ = try await channel.drain(quiet: .milliseconds(100), byteLimit: 1 << 20) }
      // The header of a frame whose payload never came.
      if what == "half" { try await channel.write(XFlashHeader(payloadByteCount: 4).bytes, limit: .seconds(1)) }
    }
    let map = try await rig.attach { try await $0.storage() }
    #expect(map["user"]?.byteCount == 1 << 30)
  }
}
