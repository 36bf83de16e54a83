import FlashCore
import FlashImages
import Testing

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XFlash: what agents do with their storage` {
  private func eraseTables(_ agent: XFlashAgent) async throws {
    let size = try await agent.storage()["user"]?.byteCount ?? 0
    try await agent.erase(StorageRange(section: "user", bytes: 0..<0x8000)) { _ in }
    try await agent.erase(StorageRange(section: "user", bytes: size - 0x8000..<size)) { _ in }
  }

  @Test func `an agent that does not look again goes by the table of its start`() async throws {
    let rig = try XFlashRig(.mt6765, [("gpt-reload", "on-next-session")])
    try await rig.withAgent { agent in
      try await eraseTables(agent)
      #expect(try await agent.bytes(partition: "para").count == 512 << 10)
      try await agent.reboot(to: .system)
    }
    let outcome = await rig.outcome { try await $0.bytes(partition: "para") }
    #expect(outcome == .failed(.lost(.invalidTable, during: "UPLOAD")))
  }

  @Test("a sparse image that goes to a range is stored as it is, or refused", arguments: [true, false])
  func sparse(isRefused: Bool) async throws {
    let rig = try XFlashRig(.mt6765, isRefused ? [("sparse-by-range", "refused")] : [])
    let bytes: [UInt8] = [0x3A, 0xFF, 0x26, 0xED] + XFlashRig.pattern(1020)
    let outcome = await rig.outcome { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      let back = try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<1024))
      #expect(back == bytes)
    }
    #expect(outcome.status == (isRefused ? .unsupportedOperation : nil))
    if !isRefused { #expect(outcome == .done) }
  }

  @Test func `what is reserved is neither written nor erased, but for the backup table`() async throws {
    let rig = try XFlashRig(.mt6765, [("reserved-end", "1M")])
    try await rig.withAgent { agent in
      let size = try await agent.storage()["user"]?.byteCount ?? 0
      let table = size - 0x4200
      try await agent.write([1, 2, 3], at: table, of: "user")
      let start = table - 1 << 20
      try await agent.write([1, 2, 3], at: start - 512, of: "user")
      await #expect(throws: XFlashError.self) { try await agent.write([1, 2, 3], at: start, of: "user") }
    }
    for (isErase, status) in [(true, XFlashStatus.formattingNotAllowed), (false, .writingNotAllowed)] {
      let outcome = await (try XFlashRig(.mt6765, [("reserved-end", "1M")])).outcome { agent in
        let end = (try await agent.storage()["user"]?.byteCount ?? 0) - 0x4200
        guard isErase else { return try await agent.write([1, 2, 3], at: end - 512, of: "user") }
        try await agent.erase(StorageRange(section: "user", bytes: end - 1024..<end)) { _ in }
      }
      #expect(outcome.status == status)
    }
  }

  @Test func `RPMB is refused by the device itself`() async throws {
    let writing = await (try XFlashRig()).outcome { try await $0.write([1, 2, 3], at: 0, of: "rpmb") }
    #expect(writing.status == .writingNotAllowed)
    let erasing = await (try XFlashRig()).outcome { agent in
      try await agent.erase(StorageRange(section: "rpmb", bytes: 0..<512)) { _ in }
    }
    #expect(erasing.status == .formattingNotAllowed)
  }

  @Test func `storage of another kind than the model's`() async throws {
    let nand = try XFlashRig(.mt6765, [("storage-kind", "nand"), ("user-size", "16M")])
    let bytes = XFlashRig.pattern(10_000)
    try await nand.withAgent { agent in
      let user = try #require(try await agent.storage()["user"])
      #expect(user.kind == .nand && user.byteCount == 16 << 20 && user.sectorByteCount == 2048)
      try await agent.write(bytes, at: 0x40000, of: "user", unit: 2048)
      let back = try await agent.bytes(StorageRange(section: "user", bytes: 0x40000..<0x42800))
      #expect(Array(back.prefix(10_000)) == bytes)
      try await agent.erase(StorageRange(section: "user", bytes: 0x40000..<0x60000)) { _ in }
      let erased = try await agent.bytes(StorageRange(section: "user", bytes: 0x40000..<0x60000))
      #expect(erased.allSatisfy { $0 == 0xFF })
    }
    let named = try XFlashRig(.mt6765, [("storage-kind", "nand"), ("user-size", "16M")])
    let outcome = await named.outcome { try await $0.bytes(partition: "boot") }
    #expect(outcome.status == .partitionNotFound)
    let ufs = try XFlashRig(.mt6765, [("storage-kind", "ufs")])
    try await ufs.withAgent { agent in
      #expect(try await agent.storage()["lun2"]?.sectorByteCount == 4096)
      let table = try await agent.bytes(StorageRange(section: "lun2", bytes: 4096..<8192))
      #expect(table.starts(with: "EFI PART".utf8))
    }
  }

  @Test("names beyond the table can be unknown", arguments: ["PGPT", "SGPT", "preloader", "preloader_backup"])
  func names(name: String) async throws {
    let known = try XFlashRig(.mt6765, [("extra-names", name)])
    #expect(await known.outcome { try await $0.bytes(partition: name) } == .done)
    let unknown = try XFlashRig(.mt6765, [("extra-names", "none")])
    #expect(await unknown.outcome { try await $0.bytes(partition: name) }.status == .partitionNotFound)
  }

  @Test func `an agent comes back under the id that was asked for`() async throws {
    let rig = try XFlashRig(.mt6765, [("usb-speed", "full-speed"), ("agent-product-id", "20FF")])
    try await rig.withAgent { agent in
      guard case .usb(let info) = await agent.driver.channel.link.kind else { return }
      #expect(info.productID == 0x20FF)
    }
  }
}
