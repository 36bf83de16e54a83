import FlashCore
import FlashImages
import Testing

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XML agent: quirks` {
  @Test(
    "no quirk of real devices keeps a whole session from its end",
    arguments: [
      "late-start:20", "log-frames", "double-progress", "progress-trailing-at", "ok-status", "nul-in-results",
      "pretty-xml", "broken-xml", "err-result-variants", "write-order:D", "write-order:DFP", "write-order:EMFPFD",
      "tiny-packets", "changing-packets", "no-fw-info", "no-hsc", "sparse-stall", "zlp", "dribble", "strict-end-ack",
      "strict-split", "other-checksum",
    ])
  func wholeSession(quirk: String) async throws {
    for model in ["mt6789", "mt6893"] {
      let rig = try XMLAgentRig(model, quirks: [quirk])
      try await Self.session(rig)
      _ = try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }
    }
  }

  @Test func `reboot succeeds whether or not another START comes`() async throws {
    for answer in ["yes", "no"] {
      let rig = try XMLAgentRig("mt6789", [("reboot-start", answer)])
      try await Self.session(rig)
      #expect(try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0x2000)
    }
  }

  /// Identify, list, write, read, erase, reboot.
  private static func session(_ rig: XMLAgentRig) async throws {
    try await rig.withAgent { agent in
      #expect(try await agent.facts().count > 5)
      let partitions = try #require(try await agent.partitions())
      let para = try #require(partitions.first { $0.name == "para" })
      let bytes = XMLAgent.pattern(20_000)
      try await agent.write(bytes, partition: "para")
      guard case .fromStart(let start) = para.extent.start else { return }
      let section = para.extent.section
      let read = try await agent.bytes(section, start..<start + 20_480)
      #expect(read == bytes + [UInt8](repeating: 0, count: 480))
      try await agent.write(Array(bytes.reversed()), to: section, start..<start + 20_480)
      #expect(try await agent.bytes(section, start..<start + 4096) == Array(bytes.reversed().prefix(4096)))
      let unknown = await rig.outcome { try await agent.erase(partition: "nosuch") { _ in } }
      guard case .failed(.refused) = unknown else {
        Issue.record("\(String(describing: unknown))")
        return
      }
      try await agent.erase(partition: "para") { _ in }
      #expect(try await agent.bytes(section, start..<start + 20_480).allSatisfy { $0 == 0 })
      try await agent.reboot(to: .system)
    }
  }

  @Test func `what was odd is said`() async throws {
    let checksums = try XMLAgentRig("mt6789", quirks: ["other-checksum"])
    try await checksums.withAgent { _ in }
    #expect(checksums.log.notices.contains("xml.unknown-checksum"))
    let host = try XMLAgentRig("mt6789", quirks: ["no-hsc"])
    try await host.withAgent { _ in }
    #expect(host.log.notices.filter { $0 == "xml.host-commands-refused" }.count == 2)
  }

  @Test func `the log of the device is told where it was asked for`() async throws {
    var rig = try XMLAgentRig("mt6789", quirks: ["log-frames"])
    rig.policy.logChannel = .both
    try await rig.withAgent { _ in }
    #expect(rig.log.notices.contains("xml.log"))
  }

  @Test("an agent that is told to log over USB says a line for each command", arguments: [true, false])
  func channel(isUSB: Bool) async throws {
    var rig = try XMLAgentRig("mt6789")
    rig.policy.logChannel = isUSB ? .usb : .uart
    try await rig.withAgent { try await $0.expectSector() }
    #expect(rig.log.notices.contains("xml.log") == isUSB)
  }
}

@Suite struct `XML agent: devices that fail or mean harm` {
  @Test("a transfer that fails in its middle fails the command, and the next one works")
  func midway() async throws {
    // The second stage, which is sent before, has eight chunks.
    for (quirk, isEarly) in [
      ("error-at-chunk:12", false), ("end-at-chunk:12", false), ("early-end:12", true), ("error-at-chunk:2", false),
      ("end-at-chunk:2", false), ("early-end:2", true),
    ] {
      let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")], quirks: [quirk])
      try await rig.withAgent { agent in
        let bytes = XMLAgent.pattern(100_000)
        for body in [
          { _ = try await agent.bytes("user", 0..<102_400) }, { try await agent.write(bytes, partition: "boot") },
          { try await agent.write(bytes, to: "user", 1 << 29..<1 << 29 + 102_400) },
        ] as [() async throws -> Void] {
          let outcome = await rig.outcome(body)
          switch outcome {
          case .failed(.refused(let refusal, _)): #expect(!isEarly && refusal.text == "Storage error.")
          case .failed(.violation(.endedEarly(let done, _), _)): #expect(isEarly && done > 0 && done < 100_000)
          default: Issue.record("\(quirk): \(outcome)")
          }
        }
        try await agent.expectSector("user", 4096)
      }
    }
  }

  @Test("a device that breaks the protocol is told from one that refuses")
  func violations() async throws {
    func outcome(_ quirk: String) async throws -> XMLAgentRig.Outcome {
      var rig = try XMLAgentRig("mt6789", quirks: [quirk])
      rig.policy.frameCount = 400
      return await rig.result { agent in
        _ = try await agent.facts()
        _ = try await agent.bytes("user", 0..<8192)
        try await agent.write([1, 2, 3], partition: "boot")
      }
    }
    #expect(try await outcome("foreign-file") == .failed(.foreignFile("/etc/passwd", during: "BOOT-TO")))
    let unknown = XMLAgentViolation.unexpected(expected: "CMD:END", found: "CMD:MAKE-COFFEE")
    #expect(try await outcome("unknown-request") == .failed(.violation(unknown, during: "SET-RUNTIME-PARAMETER")))
    #expect(
      try await outcome("no-transfer")
        == .failed(.violation(.endedEarly(transferred: 0, expected: 0x8000), during: "BOOT-TO")))
    let endless = XMLAgentViolation.endless(count: 401)
    #expect(try await outcome("endless-progress") == .failed(.violation(endless, during: "NOTIFY-INIT-HW")))
    #expect(try await outcome("endless-logs") == .failed(.violation(endless, during: "start")))
    #expect(
      try await outcome("no-packet-length") == .failed(.violation(.noPacketLength, during: "BOOT-TO")))
    guard case .failed(.violation(.noFrame, during: "SET-RUNTIME-PARAMETER")) = try await outcome("garbage") else {
      Issue.record("garbage")
      return
    }
    guard case .failed(.size(_, _, during: "GET-SYS-PROPERTY")) = try await outcome("announce-more") else {
      Issue.record("announce-more")
      return
    }
    guard case .failed(.violation(.unexpected, during: "GET-SYS-PROPERTY")) = try await outcome("announce-less") else {
      Issue.record("announce-less")
      return
    }
  }

  @Test("a device that leaves is told", arguments: [3, 10, 40, 80])
  func unplugged(frames: Int) async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")], quirks: ["unplug-at:\(frames)"])
    let outcome = await rig.result { agent in
      _ = try await agent.facts()
      _ = try await agent.bytes("user", 0..<1 << 20)
    }
    guard case .failed(.transfer(.disconnected, _)) = outcome else {
      Issue.record("\(frames): \(outcome)")
      return
    }
  }

  @Test func `the cable goes while an agent works, and the phone is back as it was`() async throws {
    let rig = try XMLAgentRig("mt6789", quirks: ["sparse-stall", "vanish-after:20000"])
    let outcome = await rig.result { try await $0.write([1, 2, 3], partition: "boot") }
    guard case .failed(.transfer(.disconnected, _)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0x2000)
  }

  @Test("a device that falls silent is given up after its limit", arguments: 1...9)
  func silence(commands: Int) async throws {
    let rig = try XMLAgentRig("mt6789", quirks: ["silent-after:\(commands)"])
    let outcome = await rig.result { try await $0.facts() }
    guard case .failed(.silence(_, waitingFor: "OK", after: .seconds(10))) = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }

  @Test func `a first stage that never starts is named`() async throws {
    let rig = try XMLAgentRig("mt6789", quirks: ["late-start:31"])
    #expect(await rig.result { _ in } == .failed(.notStarted(stage: 1, after: .seconds(30))))
  }

  @Test func `a second stage that is refused, with its reason`() async throws {
    for (quirk, reason) in [("old-agent", XMLAgentRefusal.Reason.rollback), ("bad-address", .secondStageAddress)] {
      let outcome = await (try XMLAgentRig("mt6789", quirks: [quirk])).result { _ in }
      guard case .failed(.refused(let refusal, during: "BOOT-TO")) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(refusal.reason == reason)
    }
  }

  @Test("every session ends, whatever the link does", arguments: ["drop", "corrupt", "stall", "disconnect"])
  func faults(kind: String) async throws {
    for place in stride(from: 30, through: 190, by: 16) {
      var rig = try XMLAgentRig("mt6789", [("data-packet", "4K")], faults: ["\(kind)@\(place)"])
      rig.policy.replaceLimits(with: .seconds(3))
      let bytes = XMLAgent.pattern(10_000)
      let outcome = await rig.result { agent in
        _ = try await agent.partitions()
        try await agent.write(bytes, partition: "boot")
        return try await agent.bytes(of: "para").count
      }
      if case .done = outcome { continue }
      guard case .strange(let text) = outcome else { continue }
      // Faults that strike before the agent runs are the boot ROM's.
      #expect(text.hasPrefix("BootROMError"), "\(place): \(text)")
    }
  }
}
