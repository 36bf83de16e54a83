import FlashCore
import FlashImages
import Qualcomm
import Testing
import WireFormat

@Suite struct `Firehose: single commands` {
  @Test(arguments: [RebootMode.system, .edl, .off]) func `power is acknowledged, and the device leaves`(
    mode: RebootMode
  ) async throws {
    let rig = try FirehoseRig()
    try await rig.withTarget { target in
      _ = try await target.storage()
      try await target.reboot(to: mode)
    }
    if mode == .edl {
      let identity = try await rig.withTarget(loaders: []) { try await $0.identify() }
      #expect(identity.mode == "EDL")
    }
  }

  @Test(arguments: ["power-silent", "power-needs-drain"]) func `a device may leave in its own way`(
    quirk: String
  ) async throws {
    let rig = try FirehoseRig(quirks: [quirk])
    try await rig.withTarget { target in
      _ = try await target.storage()
      try await target.reboot(to: .edl)
    }
    let identity = try await rig.withTarget(loaders: []) { try await $0.identify() }
    #expect(identity.mode == "EDL")
  }

  @Test func `facts are what the programmer says`() async throws {
    let rig = try FirehoseRig()
    let facts = try await rig.withTarget { try await $0.programmerFacts() }
    #expect(facts.startup.chipSerialNumber == 0xD649_90B3)
    #expect(facts.startup.has("getsha256digest") && facts.startup.isComplete)
    #expect(facts.limits.memory == .ufs && facts.limits.payload == 1 << 20)
    #expect(facts.sectorByteCount == 4096 && facts.storage.count == 6)
    #expect(facts.storage[0]?.serialNumber == 1_212_760_641)
  }

  @Test func `an old programmer's list is read too`() async throws {
    let rig = try FirehoseRig("msm8916-emmc")
    let facts = try await rig.withTarget { try await $0.programmerFacts() }
    #expect(facts.startup.functions?.contains("patch") == true && facts.startup.functions?.contains("fixgpt") == false)
    #expect(facts.limits.memory == .emmc && facts.sectorByteCount == 512)
  }

  @Test func `memory is peeked and poked`() async throws {
    let rig = try FirehoseRig()
    let bytes = try await rig.withTarget { target in
      try await target.poke(FirehosePoke(address: 0x10_0000, byteCount: 4, value: 0x1234_5678))
      return try await target.peek(address: 0x10_0000, byteCount: 4)
    }
    #expect(bytes.count == 4)
  }

  @Test func `a document of one's own moves raw data both ways`() async throws {
    let rig = try FirehoseRig()
    let bytes = FirehoseRig.pattern(8192)
    let extent = FirehoseExtent(sectorByteCount: 4096, physicalPartition: 3, startSector: 100, sectorCount: 2)
    let back = try await rig.withTarget { target in
      _ = try await target.send(
        document: FirehoseCommand.program(FirehoseProgram(extent)).document, input: try FirehoseRig.image(bytes))
      let sink = Sink()
      _ = try await target.send(document: FirehoseCommand.read(FirehoseRead(extent)).document, output: sink)
      await #expect(throws: FirehoseError.rawData(command: "program", given: 4, needed: 8192)) {
        try await target.send(
          document: FirehoseCommand.program(FirehoseProgram(extent)).document,
          input: try FirehoseRig.image([1, 2, 3, 4]))
      }
      return sink.bytes
    }
    #expect(back == bytes)
    #expect(try rig.stored(3, at: 409_600, count: 8192) == bytes)
  }

  @Test(arguments: [nil, 16384] as [UInt64?])
  func `raw data whose length the document does not say end with the response, or where the user says`(
    length: UInt64?
  ) async throws {
    let rig = try FirehoseRig()
    let document = Array(
      """
      <?xml version="1.0" ?><data><read SECTOR_SIZE_IN_BYTES="4096" num_partition_sectors="4." \
      physical_partition_number="0" start_sector="1"/></data>
      """.utf8)
    let sink = Sink()
    _ = try await rig.withTarget { target in
      try await target.send(document: document, output: sink, outputByteCount: length)
    }
    #expect(sink.bytes == (try rig.stored(0, at: 4096, count: 16384)))
    let other = Sink()
    let read = FirehoseExtent(sectorByteCount: 4096, physicalPartition: 0, startSector: 1, sectorCount: 4)
    let outcome = await rig.outcome { target in
      try await target.send(
        document: FirehoseCommand.read(FirehoseRead(read)).document, output: other, outputByteCount: 4096)
    }
    #expect(outcome == .failed(.rawData(command: "read", given: 4096, needed: 16384)))
  }

  @Test func `benchmark and fixgpt answer in logs`() async throws {
    let rig = try FirehoseRig()
    let (lines, fixed) = try await rig.withTarget { target in
      (
        try await target.benchmark(FirehoseBenchmark(trials: 1, testsReading: true)),
        try await target.fixGPT(FirehoseFixGPT(lun: 0, growsLastPartition: true))
      )
    }
    #expect(!lines.isEmpty)
    #expect(fixed.allSatisfy { !$0.contains("ERROR") })
  }

  @Test func `a command that the programmer does not list is not sent`() async throws {
    let rig = try FirehoseRig(knobs: [("functions", "program+read+configure+power+getstorageinfo")])
    let outcome = await rig.outcome { try await $0.peek(address: 0, byteCount: 4) }
    #expect(outcome == .failed(.missingCommand("peek")))
    #expect(!rig.log.traces.contains("peek"))
  }

  private static let layout = """
    <?xml version="1.0" ?><data>
    <ufs bNumberLU="2" bBootEnable="1" bDescrAccessEn="0" bInitPowerMode="1" bHighPriorityLUN="127" \
    bSecureRemovalType="0" bInitActiveICCLevel="0" wPeriodicRTCUpdate="0" bConfigDescrLock="0"/>
    <ufs LUNum="0" bLUEnable="1" bBootLunID="0" size_in_kb="65536" bDataReliability="0" bLUWriteProtect="0" \
    bMemoryType="0" bLogicalBlockSize="12" bProvisioningType="2" wContextCapabilities="0" desc="User"/>
    <ufs LUNum="1" bLUEnable="1" bBootLunID="1" size_in_kb="8192" bDataReliability="0" bLUWriteProtect="0" \
    bMemoryType="3" bLogicalBlockSize="12" bProvisioningType="2" wContextCapabilities="0" desc="Boot A"/>
    <ufs LUNtoGrow="0" commit="1"/></data>
    """

  @Test func `unprovisioned storage gets its layout in two passes`() async throws {
    var settings = FirehoseSettings()
    settings.memory = .ufs
    settings.skipsStorageInit = true
    let rig = try FirehoseRig(knobs: [("provisioned", "no")], settings: settings)
    let layout = try FirehoseProvisioning(parsing: Array(Self.layout.utf8), finalizes: false)
    try await rig.withTarget { try await $0.provision(layout) }
    #expect(rig.log.traces.filter { $0 == "ufs" }.count == 8)
  }

  private final class Sink: StreamConsumer, @unchecked Sendable {
    private(set) var bytes: [UInt8] = []
    func consume(_ span: RawSpan) throws(ImageError) { bytes += span.withUnsafeBytes { Array($0) } }
  }
}
