import FlashCore
import FlashImages
import Synchronization
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XML agent: asking a simulated device` {
  @Test func `facts of an eMMC phone behind its preloader`() async throws {
    let rig = try XMLAgentRig("mt6789", [("memory", "4G"), ("battery-voltage", "3700")])
    let facts = try await rig.withAgent { try await $0.facts() }
    func value(_ name: String) -> DeviceIdentity.Fact.Value? { facts.first { $0.name == name }?.value }
    #expect(value(XMLAgentFact.version) == .text("2021") && value(XMLAgentFact.storage) == .text("eMMC"))
    #expect(value(XMLAgentFact.memory) == .number(4 << 30) && value(XMLAgentFact.battery) == .number(3700))
    #expect(value(XMLAgentFact.lifeCycle) == .text("OK"))
    #expect(value(XMLAgentFact.linkAuthentication) == .flag(false))
    guard case .text(let id)? = value(XMLAgentFact.storageID) else {
      Issue.record("no id")
      return
    }
    #expect(id.utf8.count == 32)
  }

  @Test func `sections of an eMMC and of UFS`() async throws {
    let emmc = try await XMLAgentRig("mt6789").withAgent { try await $0.storage() }
    #expect(emmc.sections.map(\.name) == ["user", "boot1", "boot2", "rpmb"])
    #expect(emmc.sections.map(\.byteCount) == [1 << 30, 4 << 20, 4 << 20, 4 << 20])
    #expect(emmc.sections[0].sectorByteCount == 512)
    let ufs = try await XMLAgentRig("mt6893").withAgent { try await $0.storage() }
    #expect(ufs.sections.map(\.name) == ["lun2", "lun0", "lun1"])
    #expect(ufs["user"]?.name == "lun2" && ufs.sections[0].sectorByteCount == 4096)
  }

  @Test("the list of partitions is that of the table", arguments: ["mt6789", "mt6893"])
  func partitions(model: String) async throws {
    let rig = try XMLAgentRig(model)
    let (partitions, table) = try await rig.withAgent { agent in
      let user = try await agent.storage().sections[0]
      let head = try await agent.bytes(user.name, 0..<user.sectorByteCount * 2)
      return (try #require(try await agent.partitions()), head)
    }
    #expect(table.dropFirst(model == "mt6789" ? 512 : 4096).starts(with: "EFI PART".utf8))
    #expect(partitions.contains { $0.name == (model == "mt6789" ? "boot" : "boot_a") })
    #expect(partitions.allSatisfy { $0.extent.section == (model == "mt6789" ? "user" : "lun2") })
    #expect(partitions.last?.name == "userdata" && partitions.count > 20)
  }

  @Test func `an agent without a list of partitions has none`() async throws {
    let rig = try XMLAgentRig("mt6789", [("missing-commands", "READ-PARTITION-TABLE+GET-DA-INFO+EMMC-CONTROL")])
    try await rig.withAgent { agent in
      #expect(try await agent.partitions() == nil)
      #expect(try await agent.facts().contains { $0.name == XMLAgentFact.version } == false)
      _ = try await agent.storage()
    }
  }

  @Test("the storage's id is found wherever it is", arguments: ["id", "cid", "none"])
  func storageID(element: String) async throws {
    for model in ["mt6789", "mt6893"] {
      let rig = try XMLAgentRig(model, [("storage-id-element", element), ("storage-id", "0102030405")])
      let facts = try await rig.withAgent { try await $0.facts() }
      let id = facts.first { $0.name == XMLAgentFact.storageID }?.value
      #expect(id == (element == "none" ? nil : .text("0102030405")))
    }
  }

  @Test func `registers, fuses, certificates and tests`() async throws {
    try await XMLAgentRig("mt6789").withAgent { agent in
      let driver = agent.driver
      try await driver.writeRegisters([1, 2, 3, 4], at: 0x1000)
      #expect(try await driver.readRegisters(at: 0x0FFE, byteCount: 8) == [0, 0, 1, 2, 3, 4, 0, 0])
      #expect(String(decoding: try await driver.readEFuses(), as: UTF8.self).contains("<efuse"))
      #expect(try await driver.testMemory(.flip(start: 0x400_0000, byteCount: 0x10_0000, repeats: 2)) { _ in } == [])
      let calibration = try await driver.testMemory(.calibration(file: "calibration")) { _ in }
      #expect(calibration == Array("calibrated\n".utf8))
      #expect(try await driver.repairMemory([1, 2, 3]) == "NO-NEED")
      try await driver.perform(.writePrivateCertificate(from: "cert.bin"), sending: [1, 2, 3])
      try await driver.perform(.setRSC(project: "k6885v1_64[op01]", from: "RSC.bin"), sending: [9])
    }
    let other = try XMLAgentRig("mt6789", [("missing-commands", "DEBUG:DRAM-REPAIR")])
    let answer = try await other.withAgent { try await $0.driver.repairMemory([1]) }
    #expect(answer == "NO-NEED")
    try await XMLAgentRig("mt6893").withAgent { agent in
      try await agent.driver.updateUFSFirmware(XMLAgent.pattern(100_000)) { _ in }
      try await agent.driver.perform(.setUFS(XMLAgentCommand.UFSSettings()))
    }
  }
}

@Suite struct `XML agent: storage` {
  @Test("what is written is read back, and nothing beside it changes", arguments: ["mt6789", "mt6893"])
  func roundTrip(model: String) async throws {
    let rig = try XMLAgentRig(model, [("data-packet", "64K")])
    try await rig.withAgent { agent in
      let section = try await agent.storage().sections[0].name
      let bytes = XMLAgent.pattern(300_000)
      let start: UInt64 = 512 << 20
      let range = start..<start + 303_104
      try await agent.write(
        [UInt8](repeating: 0xEE, count: 8192), to: section, range.upperBound..<range.upperBound + 8192)
      try await agent.write(bytes, to: section, range)
      #expect(try await agent.bytes(section, range) == bytes + [UInt8](repeating: 0, count: 3104))
      #expect(try await agent.bytes(section, range.upperBound..<range.upperBound + 4096).allSatisfy { $0 == 0xEE })
      #expect(try await agent.bytes(section, start - 4096..<start).allSatisfy { $0 == 0 })
    }
  }

  @Test func `a partition is read whole, and written from its start`() async throws {
    let rig = try XMLAgentRig("mt6789")
    try await rig.withAgent { agent in
      let boot = try #require(try await agent.partitions()?.first { $0.name == "logo" })
      let bytes = XMLAgent.pattern(100_001)
      try await agent.write(bytes, partition: "logo")
      let read = try await agent.bytes(of: "logo")
      #expect(UInt64(read.count) == boot.extent.length && read.starts(with: bytes))
      #expect(read.dropFirst(bytes.count).allSatisfy { $0 == 0 })
      let feedback = try await agent.driver.imageFeedback()
      #expect(feedback.map(\.partition) == ["logo"] && feedback.map(\.file) == ["logo.bin"])
    }
  }

  @Test func `boot sections are reached by their names`() async throws {
    try await XMLAgentRig("mt6789").withAgent { agent in
      let bytes = XMLAgent.pattern(4096, step: 3)
      try await agent.write(bytes, to: "boot1", 0..<4096)
      #expect(try await agent.bytes("boot1", 0..<4096) == bytes)
      #expect(try await agent.bytes("boot2", 0..<4096).allSatisfy { $0 == 0 })
      #expect(try await agent.bytes(of: "preloader").starts(with: bytes))
    }
  }

  @Test func `the agent expands sparse images`() async throws {
    let rig = try XMLAgentRig("mt6789")
    let content = XMLAgent.pattern(4096) + [UInt8](repeating: 0, count: 8192) + XMLAgent.pattern(4096, step: 11)
    try await rig.withAgent { agent in
      try await agent.write([UInt8](repeating: 0xFF, count: 32768), partition: "para")
      try await agent.write(Self.sparse(content), partition: "para")
      let read = try await agent.bytes(of: "para")
      #expect(read[0..<4096] == content[0..<4096] && read[12288..<16384] == content[12288..<16384])
      #expect(read[16384..<32768].allSatisfy { $0 == 0xFF })
    }
  }

  /// Two raw blocks with two blocks in between that are left as they are.
  private static func sparse(_ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    SparseHeader(blockByteCount: 4096, blockCount: 4, chunkCount: 3).serialize(into: &bytes)
    SparseChunkHeader(kind: .raw, blockCount: 1, dataByteCount: 4096).serialize(into: &bytes)
    bytes += content[0..<4096]
    SparseChunkHeader(kind: .dontCare, blockCount: 2, dataByteCount: 0).serialize(into: &bytes)
    SparseChunkHeader(kind: .raw, blockCount: 1, dataByteCount: 4096).serialize(into: &bytes)
    bytes += content[12288..<16384]
    return bytes
  }

  @Test func `erasing by range and by name leaves zeros`() async throws {
    try await XMLAgentRig("mt6789").withAgent { agent in
      let bytes = XMLAgent.pattern(1 << 20)
      try await agent.write(bytes, partition: "frp")
      let frp = try #require(try await agent.partitions()?.first { $0.name == "frp" })
      guard case .fromStart(let start) = frp.extent.start else { return }
      try await agent.erase(StorageRange(section: "user", bytes: start + 4096..<start + 8192)) { _ in }
      let read = try await agent.bytes(of: "frp")
      #expect(read[0..<4096] == bytes[0..<4096] && read[8192..<(1 << 20)] == bytes[8192...])
      #expect(read[4096..<8192].allSatisfy { $0 == 0 })
      try await agent.erase(partition: "frp") { _ in }
      #expect(try await agent.bytes(of: "frp").allSatisfy { $0 == 0 })
    }
  }

  @Test func `what the device has no place for is refused in its own words, and the session goes on`() async throws {
    let rig = try XMLAgentRig("mt6789")
    try await rig.withAgent { agent in
      let unknown = await rig.outcome { try await agent.bytes(of: "nosuch") }
      #expect(
        unknown == .failed(.refused(XMLAgentRefusal(message: "Partition not found."), during: "READ-PARTITION")))
      let outside = await rig.outcome { try await agent.bytes("user", 1 << 40..<1 << 40 + 512) }
      #expect(outside == .failed(.refused(XMLAgentRefusal(message: "Invalid parameter."), during: "READ-FLASH")))
      let large = await rig.outcome { try await agent.write(XMLAgent.pattern(600 << 10), partition: "para") }
      #expect(
        large
          == .failed(
            .refused(XMLAgentRefusal(message: "Image is larger than the partition."), during: "WRITE-PARTITION")))
      let section = await rig.outcome { try await agent.bytes("gp7", 0..<512) }
      #expect(section == .failed(.noSection("gp7")))
      let nothing = await rig.outcome { try await agent.write([], partition: "boot") }
      #expect(nothing == .failed(.emptyFile("boot")))
      try await agent.expectSector("user", 512)
    }
  }

  @Test func `protected partitions are denied`() async throws {
    let rig = try XMLAgentRig("mt6789", [("protected", "nvram+seccfg")])
    try await rig.withAgent { agent in
      for partition in ["nvram", "seccfg"] {
        let outcome = await rig.outcome { try await agent.write([1], partition: partition) }
        guard case .failed(.refused(let refusal, _)) = outcome else {
          Issue.record("\(String(describing: outcome))")
          return
        }
        #expect(refusal.reason == .security && refusal.text.contains(partition))
      }
      try await agent.write([1], partition: "boot")
    }
  }

  @Test func `progress counts what the device has acknowledged`() async throws {
    let rig = try XMLAgentRig("mt6789", [("data-packet", "4K")])
    let log = Steps()
    try await rig.withAgent { agent in
      let bytes = XMLAgent.pattern(10_000)
      try await agent.write(
        try XMLAgent.stream(bytes), byteCount: 10_000,
        to: StorageRange(section: "user", bytes: 1 << 29..<1 << 29 + 10_240)
      ) { log.append($0) }
      try await agent.erase(partition: "boot") { log.append(UInt64($0)) }
    }
    // The first one says that the storage may change from now on.
    #expect(log.all == [0, 4096, 8192, 10_000, 100])
  }
}

/// Numbers in the order in which they came.
final class Steps: Sendable {
  private let numbers = Mutex<[UInt64]>([])
  func append(_ number: UInt64) { numbers.withLock { $0.append(number) } }
  var all: [UInt64] { numbers.withLock { $0 } }
}
