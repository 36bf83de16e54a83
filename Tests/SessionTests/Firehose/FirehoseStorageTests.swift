import Digests
import FlashCore
import FlashImages
import Qualcomm
import Testing
import WireFormat

@Suite struct `Firehose: storage of simulated devices` {
  /// Where nothing of importance lies.
  private static let place: UInt64 = 64 << 20

  @Test(arguments: ["msm8916-emmc", "sdm845-ufs", "mdm9207-nand", "ipq-spinor"])
  func `every model lists partitions, and what is written is what is stored`(model: String) async throws {
    let rig = try FirehoseRig(model)
    let bytes = FirehoseRig.pattern(300_001)
    let place: UInt64 = model == "ipq-spinor" ? 16 << 20 : Self.place
    let (names, back) = try await rig.withTarget { target in
      let names = try await target.partitions().map(\.name)
      return (names, try await FirehoseRig.roundTrip(target, bytes, at: place))
    }
    #expect(names.contains("userdata") && names.contains { $0.hasPrefix("boot") }, "\(names)")
    #expect(back == bytes)
    #expect(try rig.stored(0, at: place, count: bytes.count) == bytes)
  }

  @Test func `sections have the sizes that the device tells`() async throws {
    let rig = try FirehoseRig()
    let map = try await rig.withTarget { try await $0.storage() }
    #expect(map.sections.map(\.name) == ["0", "1", "2", "3", "4", "5"])
    #expect(map.sections[0].byteCount == 1 << 30 && map.sections[0].sectorByteCount == 4096)
    #expect(map.sections[4].byteCount == 256 << 20)
    let emmc = try FirehoseRig("msm8916-emmc")
    let areas = try await emmc.withTarget { try await $0.storage() }
    #expect(areas["user"]?.name == "0" && areas["boot1"]?.name == "1" && areas["boot2"]?.byteCount == 4 << 20)
    #expect(areas.sections.allSatisfy { $0.sectorByteCount == 512 })
  }

  @Test(arguments: ["old", "attributes", "nak", "silent", "spam", "oversized", "broken"])
  func `sections are found whatever getstorageinfo says`(form: String) async throws {
    let rig = try FirehoseRig(knobs: [("storage-info", form)])
    let (map, count) = try await rig.withTarget { target in
      (try await target.storage(), try await target.partitions().count)
    }
    #expect(map.sections.count == 6, "\(map.sections.map(\.name))")
    #expect(map.sections.allSatisfy { $0.sectorByteCount == 4096 })
    #expect(map.sections[0].byteCount == 1 << 30)
    #expect(count > 40)
  }

  @Test func `what an image skips stays as it is`() async throws {
    let rig = try FirehoseRig()
    let before = FirehoseRig.pattern(64 << 10, seed: 7)
    let image = FirehoseRig.pattern(64 << 10, seed: 8)
    let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 65536)
    try await rig.withTarget { target in
      try await target.write(try FirehoseRig.image(before), to: range) { _ in }
      let sparse = ImageSelection(try FirehoseRig.image(image), ranges: [0..<4096, 16384..<24576])
      try await target.write(sparse, to: range) { _ in }
    }
    var expected = before
    for part in [0..<4096, 16384..<24576] { expected.replaceSubrange(part, with: image[part]) }
    #expect(try rig.stored(0, at: Self.place, count: 65536) == expected)
  }

  @Test func `the device's digest is the one of what is stored`() async throws {
    let rig = try FirehoseRig()
    let bytes = FirehoseRig.pattern(8192)
    let digest = try await rig.withTarget { target in
      _ = try await FirehoseRig.roundTrip(target, bytes, at: Self.place)
      return try await target.digest(of: StorageRange(section: "0", bytes: Self.place..<Self.place + 8192))
    }
    var local = SHA256Digest()
    bytes.withUnsafeBytes { local.update($0) }
    #expect(digest == local.bytes())
  }

  @Test(arguments: ["log", "attribute", "lower"]) func `digests are read in every form`(form: String) async throws {
    let rig = try FirehoseRig(knobs: [("digest", form), ("digest-ms", "90000")])
    let digest = try await rig.withTarget { target in
      try await target.digest(of: StorageRange(section: "0", bytes: Self.place..<Self.place + 4096))
    }
    var local = SHA256Digest()
    [UInt8](repeating: 0, count: 4096).withUnsafeBytes { local.update($0) }
    #expect(digest == local.bytes())
  }

  @Test func `a programmer without digests says so, and is compared by reading`() async throws {
    let rig = try FirehoseRig(knobs: [("functions", "program+read+configure+power+getstorageinfo")])
    let (hasDigest, method) = try await rig.withTarget { target in
      try await target.prepareStorage()
      return (target.capabilities.contains(.digest), try StorageComparison(of: target).method)
    }
    #expect(!hasDigest && method == .readback)
  }

  @Test(arguments: [nil, "program+read+configure+power+getstorageinfo"])
  func `erasing leaves nothing behind, with a command for it or without`(functions: String?) async throws {
    let rig = try FirehoseRig(knobs: functions.map { [("functions", $0)] } ?? [])
    let bytes = FirehoseRig.pattern(32 << 10)
    try await rig.withTarget { target in
      _ = try await FirehoseRig.roundTrip(target, bytes, at: Self.place)
      try await target.erase(
        FlashPlan.Erase(
          name: "part", extent: PlanExtent(section: "0", start: .fromStart(Self.place + 4096), length: 8192)))
    }
    var expected = bytes
    expected.replaceSubrange(4096..<12288, with: repeatElement(0, count: 8192))
    #expect(try rig.stored(0, at: Self.place, count: bytes.count) == expected)
    #expect(rig.log.traces.contains("erase") == (functions == nil))
  }

  /// The device's table, damaged by a patch and mended by others: the header's checksum is computed in place.
  @Test(arguments: [nil, "program+read+configure+power+getstorageinfo"])
  func `patches are applied by the device or by the host`(functions: String?) async throws {
    let rig = try FirehoseRig(knobs: functions.map { [("functions", $0)] } ?? [])
    let header = try await rig.withTarget { target in
      _ = try await target.storage()
      for patch in Self.patches { try await target.patch(patch) }
      return try await target.bytes(of: StorageRange(section: "5", bytes: 4096..<8192))
    }
    let parsed = try GPTHeader(parsing: header.rawSpan, at: 1)
    #expect(parsed.diskGUID.bytes.prefix(8) == [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
    #expect(parsed.alternateLBA == 4095)
    #expect(rig.log.traces.contains("patch") == (functions == nil))
  }

  private static var patches: [FlashPlan.Patch] {
    func patch(_ offset: UInt64, _ count: Int, _ value: String) -> FlashPlan.Patch {
      FlashPlan.Patch(section: "5", start: .fromStart(4096), byteOffset: offset, byteCount: count, value: value)
    }
    return [
      patch(56, 8, "0x1122334455667788"), patch(32, 8, "NUM_DISK_SECTORS-1."), patch(16, 4, "0"),
      patch(16, 4, "CRC32(1,92)"),
    ]
  }

  @Test func `a slot is activated in every table, and boots`() async throws {
    let rig = try FirehoseRig()
    let slots = try await rig.withTarget { target in
      var control = try await SlotControl(target)
      let before = control.current
      _ = try await control.activate(.b, assumingA: true)
      return (before, try await SlotControl(target).current)
    }
    #expect(slots.0 == .a || slots.0 == nil)
    #expect(slots.1 == .b)
    #expect(rig.log.traces.contains("setbootablestoragedrive"))
  }

  @Test func `a device in its boot ROM needs a loader for storage, and says so`() async throws {
    let rig = try FirehoseRig()
    await #expect(throws: FirehoseError.loaderNeeded) {
      try await rig.withTarget(loaders: []) { try await $0.storage() }
    }
  }

  @Test(arguments: ["msm8916-emmc", "sdm845-ufs", "mdm9207-nand", "ipq-spinor"])
  func `storage that fails while its table is read is no storage without partitions`(model: String) async throws {
    let rig = try FirehoseRig(model, quirks: ["nak-after-data"])
    let outcome = await rig.outcome { try await $0.partitions() }
    #expect(outcome.refusal?.command == "read" && outcome.refusal?.followsData == true, "\(outcome)")
  }

  @Test func `a failure names the sectors that it happened at`() async throws {
    let rig = try FirehoseRig(knobs: [("protected", "0:16384-16999")])
    await #expect(throws: FirehoseError.self) {
      try await rig.withTarget { target in
        let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 8192)
        do {
          try await target.write(try FirehoseRig.image(FirehoseRig.pattern(8192)), to: range) { _ in }
        } catch FirehoseError.at(let extent, .refused) {
          #expect(extent.physicalPartition == 0 && extent.startSector == "16384" && extent.sectorCount == 2)
          throw FirehoseError.cancelled
        }
      }
    }
  }

  @Test func `what starts after an image whose end says "pending" is found again`() async throws {
    let rig = try FirehoseRig("msm8916-emmc", knobs: [("reenumerates", "yes"), ("reboot-delay", "4000")])
    let bytes = FirehoseRig.pattern(9000)
    #expect(try await rig.withTarget { try await FirehoseRig.roundTrip($0, bytes, at: Self.place) } == bytes)
    #expect(rig.log.notices.contains("sahara.left-to-start"))
  }

  @Test func `a programmer that runs is attached to without a loader`() async throws {
    let rig = try FirehoseRig()
    let bytes = FirehoseRig.pattern(9000)
    _ = try await rig.withTarget { try await FirehoseRig.roundTrip($0, bytes, at: Self.place) }
    let again = try await rig.withTarget(loaders: []) { target in
      try await target.bytes(of: StorageRange(section: "0", bytes: Self.place..<Self.place + 12288))
    }
    #expect(Array(again.prefix(9000)) == bytes)
    let identity = try await rig.withTarget(loaders: []) { try await $0.identify() }
    #expect(identity[QualcommFact.memory] == .text("ufs"))
    #expect(identity[QualcommFact.sectorSize] == .number(4096))
  }

  @Test func `a partition that is not there, and a place outside, are refused before anything is sent`() async throws {
    let rig = try FirehoseRig()
    await #expect(throws: StorageError.noSection("9", known: ["0", "1", "2", "3", "4", "5"])) {
      try await rig.withTarget { try await $0.section("9") }
    }
    let outcome = await rig.outcome { target in
      let range = StorageRange(section: "1", bytes: 8 << 20..<(8 << 20) + 4096)
      return try await target.bytes(of: range)
    }
    #expect(outcome.refusal?.command == "read")
  }
}
