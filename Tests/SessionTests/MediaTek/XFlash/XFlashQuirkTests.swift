import FlashCore
import FlashImages
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XFlash: quirks and faults` {
  /// Identify, read, write, read back, erase, by range and by name, and leave.
  static func session(_ agent: XFlashAgent) async throws {
    _ = try await agent.facts()
    let table = try await agent.bytes(StorageRange(section: "user", bytes: 0..<0x8000))
    #expect(table.dropFirst(512).starts(with: "EFI PART".utf8))
    let bytes = XFlashRig.pattern(150_000)
    try await agent.write(bytes, at: 0x10_0000, of: "boot1")
    let back = try await agent.bytes(StorageRange(section: "boot1", bytes: 0x10_0000..<0x10_0000 + 150_016))
    #expect(Array(back.prefix(150_000)) == bytes)
    try await agent.write(try XFlashRig.image(bytes), byteCount: 150_000, partition: "para") { _ in }
    let named = try await agent.bytes(partition: "para")
    #expect(Array(named.prefix(150_000)) == bytes)
    try await agent.erase(StorageRange(section: "boot1", bytes: 0x10_0000..<0x11_0000)) { _ in }
    try await agent.erase(partition: "para") { _ in }
    let erased = try await agent.bytes(StorageRange(section: "boot1", bytes: 0x10_0000..<0x11_0000))
    #expect(erased.allSatisfy { $0 == 0 })
    try await agent.reboot(to: .system)
  }

  @Test(
    "what agents do differently changes nothing",
    arguments: [
      "split-ack-only", "log-frames", "dribble", "zlp", "short-status", "status-magic", "slow-status:20", "odd-chunks",
      "changing-chunks", "merged-frames",
      "short-fw-info", "no-shutdown-status",
    ])
  func harmless(quirk: String) async throws {
    try await XFlashRig(quirks: [quirk]).withAgent { try await Self.session($0) }
  }

  @Test func `all of it at once changes nothing`() async throws {
    let quirks = ["split-ack-only", "log-frames", "dribble", "zlp", "odd-chunks", "short-fw-info"]
    try await XFlashRig(.mt6765, [("format-reports", "5")], quirks: quirks).withAgent { try await Self.session($0) }
  }

  @Test func `an agent that wants acknowledgements merged falls silent, and is told so`() async throws {
    let outcome = await (try XFlashRig(quirks: ["merged-ack-only"])).outcome { try await Self.session($0) }
    #expect(outcome == .failed(.silence(during: "READ_DATA", after: .seconds(5))))
  }

  @Test func `a slow chunk is waited for as long as its limit says`() async throws {
    let outcome = await (try XFlashRig(quirks: ["slow-status:40"])).outcome { try await Self.session($0) }
    #expect(outcome == .failed(.silence(during: "WRITE_DATA", after: .seconds(30))))
  }

  @Test func `an error while reading is told with its place`() async throws {
    let rig = try XFlashRig(quirks: ["read-error-at:2"])
    try await rig.withAgent { agent in
      await #expect(throws: XFlashError.refused(.storageError, during: "READ_DATA", place: "user/0x0+0x40000")) {
        try await agent.bytes(StorageRange(section: "user", bytes: 0..<0x40000))
      }
      let found1 = try await agent.bytes(StorageRange(section: "user", bytes: 0..<0x8000))
      #expect(found1.count == 0x8000)
    }
  }

  @Test func `an agent without UPLOAD says so`() async throws {
    let outcome = await (try XFlashRig(quirks: ["no-upload"])).outcome { try await $0.bytes(partition: "boot") }
    #expect(outcome.status == .unsupportedOperation)
  }

  @Test("an invalid table loses agents that fall silent then", arguments: [true, false])
  func invalidTable(isSilent: Bool) async throws {
    let rig = try XFlashRig(quirks: isSilent ? ["drop-after-gpt-error"] : [])
    let outcome = await rig.outcome { agent in
      let size = try await agent.storage()["user"]?.byteCount ?? 0
      try await agent.erase(StorageRange(section: "user", bytes: 0..<0x8000)) { _ in }
      try await agent.erase(StorageRange(section: "user", bytes: size - 0x8000..<size)) { _ in }
      _ = try await agent.bytes(partition: "boot")
    }
    #expect(outcome == .failed(.lost(.invalidTable, during: "UPLOAD")))
  }

  @Test("a device that leaves is told", arguments: [5, 20, 40, 60, 80])
  func unplugged(frames: Int) async throws {
    let outcome = await (try XFlashRig(quirks: ["unplug-at:\(frames)"])).outcome { try await Self.session($0) }
    guard case .failed(.transfer(.disconnected, _)) = outcome else {
      Issue.record("\(frames): \(outcome)")
      return
    }
  }

  @Test func `the cable goes while an agent works, and the phone is back as it was`() async throws {
    let rig = try XFlashRig(quirks: ["slow-status:20", "vanish-after:10000"])
    let bytes = XFlashRig.pattern(9000)
    let outcome = await rig.outcome { try await $0.write(bytes, at: 0, of: "boot1") }
    guard case .failed(.transfer(.disconnected, _)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }.productID == 0x0003)
  }

  /// Transfers from the agent's beginning on; the boot ROM's come before.
  @Test(
    "no fault is taken for success", arguments: ["drop", "corrupt", "stall", "disconnect"],
    stride(from: 60, to: 330, by: 9).map(\.self))
  func faults(kind: String, number: Int) async throws {
    let rig = try XFlashRig(faults: ["\(kind)@\(number)"])
    let bytes = XFlashRig.pattern(9000)
    let outcome = await rig.outcome { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      let back = try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<9216))
      // A flipped byte of data is for the comparison to find.
      if Array(back.prefix(9000)) != bytes { throw XFlashError.output(.cancelled) }
      try await agent.reboot(to: .off)
    }
    guard case .strange(let text) = outcome, !text.hasPrefix("BootROMError") else { return }
    Issue.record("\(kind)@\(number): \(text)")
  }
}
