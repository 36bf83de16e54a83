import FlashCore
import FlashImages
import Qualcomm
import Testing
import WireFormat

@Suite struct `Firehose: devices that take only what was signed` {
  private static let place: UInt64 = 64 << 20

  /// 60 pieces of 1 MiB: more than the signed table lists.
  private func flash(_ target: QualcommTarget, byteCount: UInt64 = 60 << 20) async throws {
    let range = StorageRange(section: "0", bytes: Self.place..<Self.place + byteCount)
    try await target.write(
      FillImageSource(FillPattern(littleEndian: 0x1234_5678), byteCount: byteCount), to: range
    ) { _ in }
  }

  private var settings: FirehoseSettings {
    var settings = FirehoseSettings()
    settings.memory = .ufs
    settings.sectorByteCount = 4096
    return settings
  }

  private func recorded() async throws -> [[UInt8]] {
    var settings = settings
    settings.isRecording = true
    let provider = FirehoseRecordingProvider()
    let connection = Connection(link: provider.link, provider: provider, familyOptions: [settings])
    let target = try await QualcommFamily().connect(connection)
    guard let target = target as? QualcommTarget else { throw FirehoseError.otherMode("none") }
    try await flash(target)
    await target.close()
    return provider.link.digests
  }

  /// An MBN file of version 6 without signature, which is what the simulated device takes.
  private func signed(_ digests: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    let size = UInt32(digests.count)
    for word in [0x1A, 6, 0, 0, size, size, 0, 0, 0, 0, 0, 0] as [UInt32] { bytes.append(littleEndian: word) }
    return bytes + digests
  }

  @Test func `what was recorded is taken, and stored`() async throws {
    let digests = try await recorded()
    // configure, program, 60 pieces.
    #expect(digests.count == 62)
    var tables = try FirehoseVIPTables(digests: digests)
    tables.signed = signed(tables.signed)
    var settings = settings
    settings.tables = tables
    let rig = try FirehoseRig("sm8250-vip", settings: settings)
    try await rig.withTarget { try await flash($0) }
    #expect(
      try rig.stored(0, at: Self.place + (60 << 20) - 8, count: 8) == [0x78, 0x56, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12])
    #expect(rig.log.traces.filter { $0 == "table" }.count == 2)
  }

  @Test func `anything else is refused`() async throws {
    var tables = try FirehoseVIPTables(digests: try await recorded())
    tables.signed = signed(tables.signed)
    var settings = settings
    settings.tables = tables
    let rig = try FirehoseRig("sm8250-vip", settings: settings)
    let outcome = await rig.outcome { try await flash($0, byteCount: 4096) }
    #expect(outcome.refusal != nil, "\(outcome)")
  }

  @Test func `tables are asked for, and not sent unasked`() async throws {
    let rig = try FirehoseRig("sm8250-vip", settings: settings)
    #expect(await rig.outcome { try await $0.prepareStorage() } == .failed(.digestTablesRequired))
    var settings = settings
    settings.tables = try FirehoseVIPTables(digests: [[UInt8](repeating: 0, count: 32)])
    let other = try FirehoseRig("sdm845-ufs", settings: settings)
    #expect(await other.outcome { try await $0.prepareStorage() } == .failed(.digestTablesNotWanted))
  }
}
