import FlashCore
import FlashImages
import Testing

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XML agent: what agents do with their storage` {
  private func expectDenial(_ outcome: XMLAgentRig.Outcome, _ text: String) {
    guard case .failed(.refused(let refusal, _)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(refusal.text == text)
  }

  @Test func `an agent that does not look again goes by the table of its start`() async throws {
    for isLate in [true, false] {
      let rig = try XMLAgentRig("mt6789", isLate ? [("gpt-reload", "on-next-session")] : [])
      let outcome = await rig.result { agent in
        let size = try await agent.storage()["user"]?.byteCount ?? 0
        try await agent.erase(StorageRange(section: "user", bytes: 0..<0x8000)) { _ in }
        try await agent.erase(StorageRange(section: "user", bytes: size - 0x8000..<size)) { _ in }
        try await agent.write([1, 2, 3], partition: "para")
      }
      if isLate { #expect(outcome == .done) } else { expectDenial(outcome, "Partition not found.") }
    }
  }

  @Test func `a sparse image that goes to a range is stored as it is, or refused`() async throws {
    let bytes: [UInt8] = [0x3A, 0xFF, 0x26, 0xED] + XMLAgent.pattern(1020)
    let stored = await (try XMLAgentRig("mt6789")).result { agent in
      try await agent.write(bytes, to: "boot1", 0..<1024)
      let back = try await agent.bytes("boot1", 0..<1024)
      #expect(back == bytes)
    }
    #expect(stored == .done)
    let rig = try XMLAgentRig("mt6789", [("sparse-by-range", "refused")])
    expectDenial(
      await rig.result { try await $0.write(bytes, to: "boot1", 0..<1024) }, "Sparse image is not supported.")
  }

  @Test func `RPMB and what is reserved are refused by the device itself`() async throws {
    let rig = try XMLAgentRig("mt6789", [("reserved-end", "1M")])
    try await rig.withAgent { agent in
      let end = (try await agent.storage()["user"]?.byteCount ?? 0) - 0x4200
      try await agent.write([1, 2, 3], to: "user", end..<end + 512)
      let writing = await rig.outcome { try await agent.write([1, 2, 3], to: "user", end - 512..<end) }
      expectDenial(writing, "Security deny [reserved]")
      let erasing = await rig.outcome {
        try await agent.erase(StorageRange(section: "user", bytes: end - 1024..<end)) { _ in }
      }
      expectDenial(erasing, "Security deny [reserved]")
      let block = await rig.outcome { try await agent.write([1, 2, 3], to: "rpmb", 0..<512) }
      expectDenial(block, "Security deny [rpmb]")
      try await agent.expectSector()
    }
  }

  @Test func `storage of another kind than the model's`() async throws {
    let nand = try XMLAgentRig("mt6789", [("storage-kind", "nand"), ("user-size", "16M")])
    let bytes = XMLAgent.pattern(10_000)
    try await nand.withAgent { agent in
      let user = try #require(try await agent.storage()["user"])
      #expect(user.kind == .nand && user.byteCount == 16 << 20 && user.sectorByteCount == 2048)
      try await agent.write(bytes, to: "user", 0x40000..<0x42800)
      let back = try await agent.bytes("user", 0x40000..<0x42800)
      #expect(Array(back.prefix(10_000)) == bytes)
      try await agent.erase(StorageRange(section: "user", bytes: 0x40000..<0x60000)) { _ in }
      let erased = try await agent.bytes("user", 0x40000..<0x60000)
      #expect(erased.allSatisfy { $0 == 0xFF })
    }
    let ufs = try XMLAgentRig("mt6789", [("storage-kind", "ufs")])
    try await ufs.withAgent { agent in
      let user = try await agent.storage()["lun2"]
      let table = try await agent.bytes("lun2", 4096..<8192)
      #expect(user?.sectorByteCount == 4096 && table.starts(with: "EFI PART".utf8))
    }
  }

  @Test func `names beyond the table can be unknown`() async throws {
    let known = try XMLAgentRig("mt6789")
    let loader = try await known.withAgent { try await $0.bytes(of: "preloader") }
    #expect(loader.count == 4 << 20)
    let rig = try XMLAgentRig("mt6789", [("extra-names", "PGPT+SGPT")])
    expectDenial(await rig.result { try await $0.bytes(of: "preloader") }, "Partition not found.")
  }
}
