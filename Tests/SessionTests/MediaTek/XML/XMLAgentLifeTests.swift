import FlashCore
import FlashImages
import Testing

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XML agent: coming and going` {
  @Test(
    "a second session goes on with the agent of the first",
    arguments: [("mt6789", []), ("mt6893", []), ("mt6893", ["strict-split"])] as [(String, [String])])
  func attach(model: String, quirks: [String]) async throws {
    let rig = try XMLAgentRig(model, quirks: quirks)
    let section = try await rig.withAgent { try await $0.storage().sections[0].name }
    let loads = rig.log.traces.filter { $0 == "SEND_DA" || $0 == "BOOT-TO" }.count
    let bytes = XMLAgent.pattern(8192)
    for _ in 1...2 {
      try await rig.withAgent { agent in
        try await agent.write(bytes, to: section, 1 << 29..<1 << 29 + 8192)
        #expect(try await agent.bytes(section, 1 << 29..<1 << 29 + 8192) == bytes)
      }
    }
    // Only the first one had to load it.
    #expect(loads > 0 && rig.log.traces.filter { $0 == "SEND_DA" || $0 == "BOOT-TO" }.count == loads)
    #expect(!rig.log.notices.contains("xml.interrupted"))
  }

  @Test(
    "a session that was cut off anywhere can be gone on with, or is told to be out of step",
    arguments: 1...14)
  func interrupted(frames: Int) async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")])
    for (name, isReading) in [("read", true), ("write", false)] {
      try await rig.withAgent { agent in
        let command =
          isReading
          ? XMLAgentCommand.readFlash("EMMC-USER", offset: 0, byteCount: 0x10000, to: "x")
          : .writeFlash("EMMC-USER", offset: 1 << 29, from: "x")
        try await agent.driver.begin(command, frames: frames, isReading: isReading)
      }
      let outcome = await rig.result { try await $0.bytes("user", 0..<512) }
      switch outcome {
      case .done: continue
      case .failed(.outOfStep): return
      default: Issue.record("\(name): \(outcome)")
      }
    }
  }

  @Test func `a first stage that runs without a second one is named`() async throws {
    let rig = try XMLAgentRig("mt6789", quirks: ["old-agent"])
    _ = await rig.result { _ in }
    #expect(await rig.result { _ in } == .failed(.firstStageRunning))
  }

  @Test func `modes lead where they should`() async throws {
    let modes: [(RebootMode, UInt16)] = [(.system, 0x0E8D), (.meta, 0x0E8D), (.fastboot, 0x18D1)]
    for (mode, vendor) in modes {
      let rig = try XMLAgentRig("mt6789")
      try await rig.withAgent { agent in
        #expect(agent.rebootModes.contains(mode))
        try await agent.reboot(to: mode)
      }
      #expect(try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.vendorID == vendor)
    }
    let other = try XMLAgentRig("mt6789", [("next-mode", "fastboot")])
    try await other.withAgent { try await $0.reboot(to: .system) }
    #expect(try await other.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0xD00D)
    let rig = try XMLAgentRig("mt6789")
    #expect(await rig.result { try await $0.reboot(to: .off) } == .unsupported)
  }

  @Test("all ways to restart are taken", arguments: XMLAgentCommand.RebootAction.allCases)
  func actions(action: XMLAgentCommand.RebootAction) async throws {
    let rig = try XMLAgentRig("mt6789")
    try await rig.withAgent { try await $0.driver.reboot(action) }
    #expect(try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0x2000)
    _ = try await rig.withAgent { try await $0.facts() }
  }

  @Test func `a change of speed is followed`() async throws {
    let rig = try XMLAgentRig("mt6893")
    let bytes = XMLAgent.pattern(65_536)
    try await rig.withAgent { agent in
      #expect(await agent.driver.channel.endpoints.isFullSpeed)
      try await agent.write(bytes, to: "lun2", 1 << 29..<1 << 29 + 65_536)
      try await agent.driver.switchSpeed()
      #expect(await agent.driver.channel.endpoints.packetByteCount == 512)
      #expect(try await agent.bytes("lun2", 1 << 29..<1 << 29 + 65_536) == bytes)
    }
    #expect(rig.base.provider.info?.productID == 0x2001)
    // Another session finds it there.
    let again = try await rig.withAgent { try await $0.bytes("lun2", 1 << 29..<1 << 29 + 4096) }
    #expect(again == Array(bytes.prefix(4096)))
  }

  @Test func `an agent that cannot change its speed goes on as it is`() async throws {
    let rig = try XMLAgentRig("mt6893", [("missing-commands", "SWITCH-HIGHER-USB-SPEED")])
    try await rig.withAgent { agent in
      let outcome = await rig.outcome { try await agent.driver.switchSpeed() }
      #expect(outcome == .failed(.unsupported("SWITCH-HIGHER-USB-SPEED")))
      try await agent.expectSector("lun2", 4096)
    }
  }
}

extension XMLAgentDriver {
  /// Goes so many frames into a command, and no further.
  fileprivate func begin(_ command: XMLAgentCommand, frames: Int, isReading: Bool) async throws {
    let ok = XMLAgentToken.ok(nil).payload
    let reading = [command.payload] + [[UInt8]](repeating: ok, count: 20)
    let writing =
      [command.payload, ok, XMLAgentToken.number(0x10000).payload, ok, ok, ok, XMLAgentToken.number(0x10000).payload]
      + [XMLAgentToken.ready.payload, [UInt8](repeating: 7, count: 4096)]
      + [XMLAgentToken.ready.payload, [UInt8](repeating: 8, count: 4096)]
    for payload in (isReading ? reading : writing).prefix(frames) {
      try await send(payload, during: "test")
      while await channel.hasSomething() {}
    }
  }
}

extension MediaTekChannel {
  /// Reads away whatever comes at once.
  fileprivate func hasSomething() async -> Bool {
    (try? await readSome(atMost: 65_536, limit: .milliseconds(20))) != nil
  }
}

@Suite struct `XML agent: giving up` {
  @Test("a cancelled transfer leaves the agent in its command loop", arguments: [true, false])
  func cancelled(isReading: Bool) async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")])
    try await rig.withAgent { agent in
      let task = Task {
        if isReading {
          _ = try await agent.bytes("user", 0..<64 << 20)
        } else {
          try await agent.write(XMLAgent.pattern(8 << 20), partition: "boot")
        }
      }
      rig.log.onEachTrace { if $0 % 200 == 0 { task.cancel() } }
      let outcome = await rig.outcome { try await task.value }
      #expect(outcome == .failed(.cancelled))
      rig.log.onEachTrace { _ in }
      try await agent.expectSector("user", 512)
    }
  }

  @Test func `a file that cannot be read is told to the device`() async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")])
    try await rig.withAgent { agent in
      let image = FailingImage(byteCount: 100_000, failsAt: 20_000)
      let outcome = await rig.outcome {
        try await agent.write(try ImageStream(image), byteCount: 100_000, partition: "boot") { _ in }
      }
      #expect(outcome == .failed(.file(.system(operation: "read", path: "image", errno: 5))))
      let short = await rig.outcome {
        try await agent.write(try XMLAgent.stream([1, 2, 3]), byteCount: 100_000, partition: "boot") { _ in }
      }
      guard case .failed(.file(.shortRead)) = short else {
        Issue.record("\(short)")
        return
      }
      try await agent.expectSector("user", 512)
    }
  }

  @Test func `a full disk is told to the device`() async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")])
    try await rig.withAgent { agent in
      let disk = FullDisk(room: 20_000)
      let outcome = await rig.outcome {
        try await agent.read(StorageRange(section: "user", bytes: 0..<1 << 20), into: disk)
      }
      #expect(outcome == .failed(.output(.system(operation: "write", path: "file", errno: 28))))
      try await agent.expectSector("user", 512)
    }
  }
}

@Suite struct `XML agent: signatures` {
  struct Wrong: ChallengeSigner {
    func sign(_ challenge: [UInt8]) async throws(BootROMError) -> [UInt8] { [1, 2, 3] }
  }

  @Test func `a locked agent tells who it is, and touches nothing without a signature`() async throws {
    let rig = try XMLAgentRig("mt6789", [("agent-sla", "yes")])
    try await rig.withAgent { agent in
      let facts = try await agent.facts()
      #expect(facts.first { $0.name == XMLAgentFact.linkAuthentication }?.value == .flag(true))
      for body in [
        { _ = try await agent.storage() }, { _ = try await agent.partitions() },
        { _ = try await agent.bytes("user", 0..<512) }, { try await agent.write([1], partition: "boot") },
        { try await agent.erase(partition: "boot") { _ in } },
      ] as [() async throws -> Void] {
        #expect(await rig.outcome(body) == .failed(.signatureRequired))
      }
    }
    // A session that only finds it running does not know whether it has been unlocked.
    let outcome = await rig.result { try await $0.bytes("user", 0..<512) }
    #expect(outcome == .failed(.signatureRequired))
  }

  @Test("another signature than the fixtures' can be wanted", arguments: [true, false])
  func other(isRight: Bool) async throws {
    let rig = try XMLAgentRig(
      "mt6789", [("agent-sla", "yes"), ("agent-signature", isRight ? "010203" : "0102")], signer: Wrong())
    let outcome = await rig.result { try await $0.expectSector() }
    #expect((outcome == .done) == isRight)
  }

  @Test func `a protected partition is denied in the words that were asked for`() async throws {
    let rig = try XMLAgentRig("mt6789", [("protected", "lk"), ("protected-text", "STATUS * 0xC002000C")])
    let outcome = await rig.result { try await $0.erase(partition: "lk") { _ in } }
    guard case .failed(.refused(let refusal, during: "ERASE-PARTITION")) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(refusal.text == "STATUS lk 0xC002000C" && refusal.status == 0xC002_000C)
  }

  @Test("the right signature unlocks it", arguments: ["agent-sla", "first-stage-sla"])
  func right(knob: String) async throws {
    let rig = try XMLAgentRig("mt6789", [(knob, "yes")], signer: FixtureSigner())
    try await rig.withAgent { try await $0.expectSector() }
  }

  @Test func `a secured phone is unlocked by its fixtures' signer`() async throws {
    let rig = try XMLAgentRig("mt6789-secured", signer: FixtureSigner())
    try await rig.withAgent { try await $0.expectSector() }
  }

  @Test func `an agent without a challenge takes a signature of nothing`() async throws {
    let rig = try XMLAgentRig("mt6789", [("agent-sla", "yes")], quirks: ["no-fw-info"], signer: FixtureSigner())
    try await rig.withAgent { try await $0.expectSector() }
    #expect(rig.log.notices.contains("xml.no-challenge"))
  }

  @Test func `a wrong signature is refused in the device's words`() async throws {
    for knob in ["agent-sla", "first-stage-sla"] {
      let outcome = await (try XMLAgentRig("mt6789", [(knob, "yes")], signer: Wrong())).result { _ in }
      guard case .failed(.refused(let refusal, during: "SECURITY-SET-FLASH-POLICY")) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(refusal.reason == .notAuthenticated)
    }
  }

  @Test func `a first stage that wants a signature goes no further without one`() async throws {
    let rig = try XMLAgentRig("mt6789", [("first-stage-sla", "yes")])
    #expect(await rig.result { _ in } == .failed(.signatureRequired))
  }
}

@Suite struct `XML agent: updates that the device drives` {
  private static let boot = XMLAgent.pattern(20_000)
  private static let logo = XMLAgent.pattern(5000, step: 13)

  private func package(_ agent: XMLAgent) throws -> [XMLAgentDriver.PackageFile] {
    let fixtures = try MediaTekFixtures(.mt6789).files
    let scatter = try #require(fixtures.first { $0.path.hasSuffix("_scatter.txt") })
    let contents = [("scatter.txt", scatter.content), ("boot.img", Self.boot), ("logo.bin", Self.logo)]
    return try contents.map { name, bytes in
      XMLAgentDriver.PackageFile(
        name: name, image: try RandomAccessImageSource(MemoryBytes(bytes)), byteCount: UInt64(bytes.count))
    }
  }

  private static let list = [
    XMLAgentCommand.Selection(partition: "boot", file: "boot.img"), .init(partition: "logo", file: "logo.bin"),
  ]

  @Test("files of a package are handed out as they are asked for", arguments: ["WRITE-PARTITIONS", "FLASH-ALL"])
  func listed(name: String) async throws {
    try await XMLAgentRig("mt6789").withAgent { agent in
      let command: XMLAgentCommand =
        name == "FLASH-ALL"
        ? .flashAll(scatter: "scatter.txt", Self.list) : .writePartitions(scatter: "scatter.txt", Self.list)
      try await agent.driver.flash(command, files: try package(agent)) { _ in }
      #expect(try await agent.bytes(of: "boot").starts(with: Self.boot))
      #expect(try await agent.bytes(of: "logo").starts(with: Self.logo))
    }
  }

  @Test func `an update puts protected partitions away and gets them back`() async throws {
    let files = try FixtureFiles()
    let rig = try XMLAgentRig("mt6789", [("moved-partitions", "para")])
    try await rig.withAgent { agent in
      let kept = XMLAgent.pattern(512 << 10, step: 5)
      try await agent.write(kept, partition: "para")
      let folder = XMLAgentFolder(try OutputFolder(path: files.path))
      try await agent.driver.flash(
        .flashUpdate(scatter: "scatter.txt", backup: "backup", Self.list), files: try package(agent),
        folder: ("backup", folder)
      ) { _ in }
      #expect(folder.names == ["record-file", "para"])
      #expect(try await agent.bytes(of: "para") == kept)
      #expect(try await agent.bytes(of: "boot").starts(with: Self.boot))
      let record = try RegularFile(path: files.path + "/record-file").bytes(at: 0, count: 1168)
      #expect(XMLAgentRecordFile(parsing: record)?.entries.map(\.partition) == ["para"])
    }
  }

  @Test func `a file of the package that was not offered is not handed out`() async throws {
    let rig = try XMLAgentRig("mt6789")
    try await rig.withAgent { agent in
      let files = try package(agent).filter { $0.name != "logo.bin" }
      let outcome = await rig.outcome {
        try await agent.driver.flash(.flashAll(scatter: "scatter.txt", Self.list), files: files) { _ in }
      }
      #expect(outcome == .failed(.foreignFile("logo.bin", during: "FLASH-ALL")))
      try await agent.expectSector("user", 512)
    }
  }
}
