import FlashImages
import Testing
import WireFormat

@Suite("Repairing FIASCO containers")
struct FIASCORepairTests {
  typealias Sample = FIASCOSample

  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func repaired(_ bytes: [UInt8], by repair: FIASCORepair = FIASCORepair()) throws -> [UInt8] {
    let file = try FIASCOFile(path: try workspace.write(bytes, to: "in"), mode: .unverified)
    _ = try repair.write(file, to: workspace.path("out"), replacing: true)
    return try workspace.read("out")
  }

  @Test func `14.5 becomes 14.2`() throws {
    #expect(try repaired(FIASCOVectors.shortCount) == FIASCOVectors.complete)
  }

  @Test("a wrong or missing checksum is put right", arguments: [0x00, 0x54] as [UInt8])
  func checksum(stored: UInt8) throws {
    let damaged = FIASCOVectors.replacing(FIASCOVectors.complete, [0x79: stored])
    #expect(try repaired(damaged) == FIASCOVectors.complete)
  }

  @Test func `a wrong hash is an error unless it shall be put right`() throws {
    let damaged = FIASCOVectors.replacing(FIASCOVectors.oldStyle, [0x37: 0x40])
    #expect(throws: FIASCOWriteError.self) { try repaired(damaged) }
    #expect(workspace.names == ["in"])
    let fixed = try repaired(damaged, by: FIASCORepair(fixesHashes: true, isOldFormat: true))
    let file = try Sample.read(fixed)
    #expect(file.images.first?.fileData.hash == 0x06B9)
    #expect(try file.verifyHash(of: 0) == .valid)
  }

  @Test func `the end marker and trailing data are left out`() throws {
    let file = FIASCOVectors.twoImages + [0, 0]
    #expect(try repaired(file, by: FIASCORepair(isOldFormat: true)) == FIASCOVectors.twoImages.dropLast(30))
    let trailing = FIASCOVectors.complete + [0xFF, 0xFF]
    #expect(try repaired(trailing) == FIASCOVectors.complete)
  }

  @Test func `data are filled up, and the last part grows with them`() throws {
    let blocks = [Sample.part(0, 256, "a"), Sample.part(256, 44)]
    let damaged = Sample.file(Sample.image("mmc", Array(repeating: 7, count: 300), blocks: blocks))
    let file = try Sample.read(try repaired(damaged))
    #expect(file.images.first?.size == 512)
    #expect(file.images.first?.parts == [.init(offset: 0, size: 256, name: "a"), .init(offset: 256, size: 256)])
    #expect(try file.verifyHash(of: 0) == .valid)
  }

  @Test func `blocks come in canonical order and form, and unknown ones are kept`() throws {
    let blocks = [
      Sample.block(0x77, [1, 2]), FIASCOVectors.partitionInfo, Sample.part(0, 128),
      Sample.block(0x32, Array("RX-51\u{0}2101\u{0}2102\u{0}".utf8)), Sample.block(0x31, Array("1.0".utf8)),
    ]
    let damaged = Sample.file(Sample.image("kernel", FIASCOVectors.kernelData, blocks: blocks))
    let image = try #require(try Sample.read(try repaired(damaged)).images.first)
    #expect(image.blocks.map(\.type) == [0x2E, 0x31, 0x32, 0x34, 0x77, 0x2F])
    #expect(image.blocks[1].data == Array("1.0\u{0}".utf8))
    #expect(image.blocks[2].data.count == 32)
    #expect(image.devices == [FIASCODeviceEntry(device: "RX-51", revisions: ["2101", "2102"])])
    #expect(image.partitionInfo?.entries.count == 3)
  }

  @Test func `what cannot be read is an error unless it may be dropped`() throws {
    let truncated = Array(FIASCOVectors.twoImages.dropLast(60))
    #expect(throws: FIASCOWriteError.self) { try repaired(truncated) }
    let kept = try repaired(truncated, by: FIASCORepair(dropsUnreadable: true, isOldFormat: true))
    #expect(kept == FIASCOVectors.oldStyle)
    let nonsense = FIASCOVectors.oldStyle + [0x54, 0x00]
    #expect(throws: FIASCOWriteError.self) { try repaired(nonsense) }
  }

  @Test func `a container is not repaired onto itself`() throws {
    let path = try workspace.write(FIASCOVectors.shortCount, to: "in")
    let file = try FIASCOFile(path: path, mode: .unverified)
    #expect(throws: FIASCOWriteError.overwritesInput(path: path)) {
      try FIASCORepair().write(file, to: path, replacing: true)
    }
    #expect(try workspace.read("in") == FIASCOVectors.shortCount)
  }
}
