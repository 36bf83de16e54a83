import FlashCore
import FlashImages
import Synchronization
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XFlash: sessions` {
  @Test func `an eMMC is told of with all its sections`() async throws {
    let (map, facts) = try await XFlashRig().withAgent { agent in (try await agent.storage(), try await agent.facts()) }
    #expect(map.sections.map(\.name) == ["user", "boot1", "boot2", "rpmb"])
    #expect(map["user"]?.byteCount == 1 << 30 && map["boot1"]?.byteCount == 32 << 20)
    #expect(map["user"]?.sectorByteCount == 512)
    func text(_ name: String) -> DeviceIdentity.Fact.Value? { facts.first { $0.name == name }?.value }
    #expect(text("agent version") == .text("1.0") && text("agent started by") == .text("brom"))
    #expect(text("storage") == .text("eMMC") && text("storage name") == .text("DH6DMB"))
    #expect(text("life time A") == .number(1) && text("write packet length") == .number(1 << 20))
  }

  @Test("UFS is told of by both forms of the answer", arguments: ["yes", "no"])
  func ufs(long: String) async throws {
    let rig = try XFlashRig(.mt6785, [("long-ufs-info", long)])
    let map = try await rig.withAgent { try await $0.storage() }
    #expect(map.sections.map(\.name) == ["lun2", "lun0", "lun1"])
    #expect(map["user"]?.byteCount == 1 << 30 && map["boot2"]?.name == "lun1")
    #expect(map["2"]?.sectorByteCount == 4096)
  }

  @Test("what is written can be read back, and erased", arguments: [MediaTekDevice.mt6765, .mt6785].map(\.name))
  func ranges(name: String) async throws {
    let device = try #require(MediaTekDevice.all.first { $0.name == name })
    let unit: UInt64 = device.layout.kind == .ufs ? 4096 : 512
    let section = device.layout.kind == .ufs ? "lun2" : "user"
    let bytes = XFlashRig.pattern(3 << 20 | 100)
    let reported = Mutex<UInt64>(0)
    let read = try await XFlashRig(device).withAgent { agent in
      let length = (UInt64(bytes.count) + unit - 1) / unit * unit
      let range = StorageRange(section: section, bytes: 64 << 20..<64 << 20 + length)
      try await agent.write(try XFlashRig.image(bytes), byteCount: UInt64(bytes.count), to: range) { count in
        reported.withLock { $0 = max($0, count) }
      }
      let read = try await agent.bytes(range)
      try await agent.erase(StorageRange(section: section, bytes: 64 << 20..<64 << 20 + unit)) { _ in }
      let erased = try await agent.bytes(StorageRange(section: section, bytes: 64 << 20..<64 << 20 + 2 * unit))
      #expect(erased.prefix(Int(unit)).allSatisfy { $0 == 0 })
      #expect(Array(erased.dropFirst(Int(unit))) == Array(bytes[Int(unit)..<2 * Int(unit)]))
      return read
    }
    #expect(Array(read.prefix(bytes.count)) == bytes && read.dropFirst(bytes.count).allSatisfy { $0 == 0 })
    #expect(reported.withLock { $0 } == UInt64(bytes.count))
  }

  @Test("packets of any length will do", arguments: [("512", "1000"), ("4096", "512"), ("64M", "3M")])
  func packets(write: String, read: String) async throws {
    let bytes = XFlashRig.pattern(20_000)
    let back = try await XFlashRig(.mt6765, [("write-packet", write), ("read-packet", read)]).withAgent { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      return try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<20480))
    }
    #expect(Array(back.prefix(20_000)) == bytes)
  }

  @Test func `an agent that takes less than a sector is refused`() async throws {
    let rig = try XFlashRig(.mt6765, [("write-packet", "256")])
    let outcome = await rig.outcome { try await $0.write([1], at: 0, of: "boot1") }
    #expect(outcome == .failed(.packetLengths(XFlashPacketLengths(write: 256, read: 64 << 10))))
  }

  @Test func `partitions are written, read and erased by name`() async throws {
    let bytes = XFlashRig.pattern(100_000, seed: 4)
    try await XFlashRig().withAgent { agent in
      try await agent.write(try XFlashRig.image(bytes), byteCount: 100_000, partition: "logo") { _ in }
      let back = try await agent.bytes(partition: "logo")
      #expect(back.count == 8 << 20 && Array(back.prefix(100_000)) == bytes)
      try await agent.erase(partition: "logo") { _ in }
      let found1 = try await agent.bytes(partition: "logo")
      #expect(found1.allSatisfy { $0 == 0 })
      let table = try await agent.bytes(partition: "PGPT")
      #expect(table.count == 0x8000 && table.dropFirst(512).starts(with: "EFI PART".utf8))
      let backup = try await agent.bytes(partition: "SGPT")
      #expect(backup.dropFirst(0x4000).starts(with: "EFI PART".utf8))
    }
  }

  @Test func `the agent unpacks sparse images and makes the boot section's header`() async throws {
    let filled: [UInt8] = [UInt8](repeating: 0x5A, count: 4096)
    // One RAW block, one DON'T CARE, one FILL.
    var sparse: [UInt8] = []
    sparse.append(littleEndian: SparseHeader.magic)
    for half in [1, 0, 28, 12] as [UInt16] { sparse.append(littleEndian: half) }
    for word in [4096, 3, 3, 0] as [UInt32] { sparse.append(littleEndian: word) }
    for (kind, size) in [(0xCAC1, 4096), (0xCAC3, 0), (0xCAC2, 4)] as [(UInt16, UInt32)] {
      sparse.append(littleEndian: kind)
      sparse.append(littleEndian: 0 as UInt16)
      sparse.append(littleEndian: 1 as UInt32)
      sparse.append(littleEndian: 12 + size)
      sparse += kind == 0xCAC1 ? filled : kind == 0xCAC2 ? [1, 2, 3, 4] : []
    }
    let loader = FixturePreloader.bytes(platform: "MT6765", layout: MediaTekDevice.mt6765.layout)
    try await XFlashRig().withAgent { [sparse] agent in
      try await agent.write(
        try XFlashRig.image(sparse), byteCount: UInt64(sparse.count), partition: "spmfw"
      ) { _ in }
      let back = try await agent.bytes(partition: "spmfw")
      #expect(Array(back.prefix(4096)) == filled && back[4096..<8192].allSatisfy { $0 == 0 })
      #expect(Array(back[8192..<8200]) == [1, 2, 3, 4, 1, 2, 3, 4])
      try await agent.write(
        try XFlashRig.image(loader), byteCount: UInt64(loader.count), partition: "preloader"
      ) { _ in }
      let section = try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<0x10000))
      #expect(section.starts(with: "EMMC_BOOT".utf8) && section.dropFirst(0x800).starts(with: loader))
    }
  }

  @Test func `what does not fit or is not there is refused with the place`() async throws {
    let rig = try XFlashRig()
    try await rig.withAgent { agent in
      await #expect(throws: XFlashError.refused(.partitionNotFound, during: "UPLOAD", place: "nosuch")) {
        try await agent.bytes(partition: "nosuch")
      }
      await #expect(throws: XFlashError.refused(.imageTooLarge, during: "DOWNLOAD", place: "para")) {
        try await agent.write(try XFlashRig.image([]), byteCount: 1 << 20, partition: "para") { _ in }
      }
      await #expect(throws: XFlashError.self) {
        try await agent.bytes(StorageRange(section: "rpmb", bytes: 4 << 20..<5 << 20))
      }
      await #expect(throws: XFlashError.noSection("lun1")) {
        try await agent.bytes(StorageRange(section: "lun1", bytes: 0..<512))
      }
      // The agent is where it was.
      let found2 = try await agent.bytes(StorageRange(section: "boot2", bytes: 0..<512))
      #expect(found2.count == 512)
    }
  }

  @Test("locked partitions are neither written nor erased", arguments: [true, false])
  func locked(isErase: Bool) async throws {
    let rig = try XFlashRig(.mt6765, [("locked", "seccfg+logo")])
    let outcome = await rig.outcome { agent in
      if isErase { return try await agent.erase(partition: "seccfg") { _ in } }
      try await agent.write(try XFlashRig.image([1, 2]), byteCount: 2, partition: "logo") { _ in }
    }
    #expect(outcome.status == (isErase ? .formattingNotAllowed : .writingNotAllowed))
  }

  @Test("a reboot leads where it should", arguments: RebootMode.allCases.filter { $0 != .update })
  func reboot(mode: RebootMode) async throws {
    let rig = try XFlashRig()
    try await rig.withAgent { try await $0.reboot(to: mode) }
    let back = try? await rig.base.provider.awaitReturn(within: .seconds(20)) { _ in true }
    switch mode {
    case .off: #expect(back == nil)
    case .fastboot: #expect(back?.vendorID == 0x18D1 && back?.productID == 0xD00D)
    default: #expect(back?.productID == 0x0003)
    }
  }

  @Test func `an image that ends early leaves the agent in its command loop`() async throws {
    let rig = try XFlashRig(.mt6765, [("write-packet", "4096")])
    try await rig.withAgent { agent in
      await #expect(throws: XFlashError.self) {
        try await agent.write(
          try XFlashRig.image(XFlashRig.pattern(10_000)), byteCount: 20_000,
          to: StorageRange(section: "boot1", bytes: 0..<20480)
        ) { _ in }
      }
      let found3 = try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<512))
      #expect(found3 == XFlashRig.pattern(512))
    }
  }

  @Test func `a reader that fails leaves the agent in its command loop`() async throws {
    final class Full: StreamConsumer {
      func consume(_ bytes: RawSpan) throws(ImageError) { throw .system(operation: "write", path: "x", errno: 28) }
    }
    try await XFlashRig().withAgent { agent in
      await #expect(throws: XFlashError.output(.system(operation: "write", path: "x", errno: 28))) {
        try await agent.read(StorageRange(section: "user", bytes: 0..<1 << 20), into: Full())
      }
      let found4 = try await agent.bytes(StorageRange(section: "user", bytes: 512..<1024))
      #expect(found4.starts(with: "EFI PART".utf8))
    }
  }

  @Test("a cancelled command is left between two chunks", arguments: [true, false])
  func cancelled(isRead: Bool) async throws {
    let rig = try XFlashRig(.mt6765, [("write-packet", "4096"), ("read-packet", "4096")])
    try await rig.withAgent { agent in
      let range = StorageRange(section: "boot1", bytes: 0..<1 << 20)
      let start = rig.log.traces.count
      let running = Mutex<Task<Void, any Error>?>(nil)
      rig.log.onEachTrace { count in
        if count >= start + 60 { running.withLock { $0?.cancel() } }
      }
      let work = Task {
        if isRead { return try await agent.read(range, into: CollectedBytes()) }
        try await agent.write(
          try XFlashRig.image(XFlashRig.pattern(1 << 20)), byteCount: 1 << 20, to: range
        ) { _ in }
      }
      running.withLock { $0 = work }
      await #expect(throws: XFlashError.cancelled) { try await work.value }
      #expect(rig.log.traces.count < start + 200)
      // The agent is where it was.
      let found5 = try await agent.bytes(StorageRange(section: "boot2", bytes: 0..<512))
      #expect(found5.count == 512)
    }
  }
}
