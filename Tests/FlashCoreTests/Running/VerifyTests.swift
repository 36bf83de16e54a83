import FlashCore
import FlashImages
import Synchronization
import Testing
import WireFormat

@Suite struct `Proving what was written` {
  let files = Workspace()

  private var options: PlanRunner.Options {
    var options = PlanRunner.Options()
    options.verifies = true
    return options
  }

  @Test(arguments: [
    (MemoryTarget.everything, Verification.digest),
    (MemoryTarget.everything.subtracting([.digest]), .readback),
  ])
  func `takes the device's digest, else reads back`(
    capabilities: Set<Capability>, verified: Verification
  ) async throws {
    let target = MemoryTarget(["0": [UInt8](repeating: 0, count: 4096)], capabilities: capabilities)
    let report = try await PlanRunner(options: options).run(
      files.plan([try files.write("a", noise(1000, seed: 1))]), on: target)
    #expect(report.extents.map(\.verified) == [verified])
  }

  @Test func `refuses beforehand to prove what a device has no way to prove`() async throws {
    let target = MemoryTarget(
      ["0": [UInt8](repeating: 0, count: 4096)], capabilities: MemoryTarget.everything.subtracting([.digest, .read]))
    let plan = files.plan([try files.write("a", noise(1000, seed: 1))])
    do {
      _ = try await PlanRunner(options: options).run(plan, on: target)
      Issue.record("ran")
    } catch {
      #expect(
        error.underlying as? UnsupportedOperation == UnsupportedOperation(protocolName: "memory", capability: .verify))
    }
    #expect(target.state.withLock { $0.written.isEmpty })
    let report = try await PlanRunner().run(plan, on: target)
    #expect(report.extents.map(\.verified) == [.acknowledged])
  }

  @Test func `notices a device that stored something else`() async throws {
    let target = MemoryTarget(["0": [UInt8](repeating: 0, count: 4096)])
    let image = try FileImageSource(path: try files.file("a", noise(1000, seed: 1)))
    let region = try #require(Region(parsing: "0/512+1024"))
    do {
      try await StorageComparison(of: target).requireEqual(region, image)
      Issue.record("equal")
    } catch let error as ContentDiffers {
      #expect(
        error
          == ContentDiffers(
            name: "0/512+1024", range: StorageRange(section: "0", bytes: 512..<1536), found: .digest))
    }
    let readable = target.comesBack(capabilities: [.storage, .read])
    readable.state.withLock { $0.sections["0"]?.replaceSubrange(512..<1512, with: noise(1000, seed: 1)) }
    try await StorageComparison(of: readable).requireEqual(region, image)
    readable.state.withLock { $0.sections["0"]?[1500] ^= 1 }
    do {
      try await StorageComparison(of: readable).requireEqual(region, image)
      Issue.record("equal")
    } catch let error as ContentDiffers {
      #expect(error.range == StorageRange(section: "0", bytes: 1500..<1501))
      #expect(error.found == .readback)
    }
  }

  @Test(arguments: [(100_000, 100_000), (0, 0), (299_999, 299_999), (4096, 200_000), (512, 1023)])
  func `names the sectors that differ, and not all that was compared`(first: Int, last: Int) async throws {
    let image = noise(300_000, seed: 4)
    var stored = image + [UInt8](repeating: 0, count: 32)
    stored[first] ^= 1
    stored[last] ^= 2
    let target = MemoryTarget(["0": stored])
    let source = try FileImageSource(path: try files.file("a", image))
    let sectors = UInt64(first / 512 * 512)..<UInt64(last / 512 * 512 + 512)
    await #expect(
      throws: ContentDiffers(name: "0", range: StorageRange(section: "0", bytes: sectors), found: .digest)
    ) { try await StorageComparison(of: target).requireEqual(.named("0"), source) }
  }

  /// The worked example of `docs/protocols/qualcomm-packages.md` 17, in its order: N = 1024, four entries.
  private static let patches: [FlashPlan.Patch] = [
    patch(2, 40, 8, "NUM_DISK_SECTORS-34."), patch(1, 48, 8, "NUM_DISK_SECTORS-34."),
    patch(1, 32, 8, "NUM_DISK_SECTORS-1."), patch(1, 88, 4, "CRC32(2,512)"), patch(1, 16, 4, "0"),
    patch(1, 16, 4, "CRC32(1,92)"),
  ]

  private static func patch(_ sector: UInt64, _ offset: UInt64, _ count: Int, _ value: String) -> FlashPlan.Patch {
    FlashPlan.Patch(
      section: "0", start: .fromStart(sector * 512), byteOffset: offset, byteCount: count, value: value)
  }

  private func patched(_ droppedPatch: Int?, capabilities: Set<Capability> = MemoryTarget.everything) async throws
    -> (MemoryTarget, PlanRunner.Report)
  {
    let target = MemoryTarget(
      ["0": [UInt8](repeating: 0, count: 1024 * 512)], capabilities: capabilities, droppedPatch: droppedPatch)
    let plan = files.plan([try files.write("gpt", noise(1536, seed: 9))] + Self.patches.map { .patch($0) })
    return (target, try await PlanRunner(options: options).run(plan, on: target))
  }

  @Test func `reads back what patches changed, checksums included`() async throws {
    let (target, report) = try await patched(nil)
    #expect(report.patches == [PlanRunner.Report.Patches(section: "0", count: 6, verified: .readback)])
    #expect(report.extents.map(\.verified) == [.digest])
    let header = Array(target.content("0")[512..<512 + 92])
    #expect(Array(header[32..<40]) == [0xFF, 3, 0, 0, 0, 0, 0, 0])
    var zeroed = header
    zeroed.replaceSubrange(16..<20, with: [0, 0, 0, 0])
    let checksum = CRC32(of: zeroed.rawSpan).value
    #expect(Array(header[16..<20]) == (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) })
  }

  @Test(arguments: 1...6)
  func `notices a patch that was acknowledged and not applied`(number: Int) async throws {
    do {
      _ = try await patched(number)
      Issue.record("not noticed")
    } catch let error as PlanRunner.Failure {
      #expect(error.action == "verify")
      #expect(error.underlying is ContentDiffers)
    }
  }

  @Test func `applies patches by itself on a device that only reads and writes`() async throws {
    let (device, _) = try await patched(nil)
    let target = ReadWriteTarget(MemoryTarget(["0": [UInt8](repeating: 0, count: 1024 * 512)]))
    let plan = files.plan([try files.write("gpt", noise(1536, seed: 9))] + Self.patches.map { .patch($0) })
    _ = try await PlanRunner().run(plan, on: target)
    #expect(target.device.content("0") == device.content("0"))
  }

  @Test func `a zeroed range is proven as well`() async throws {
    let target = MemoryTarget(["0": noise(4096, seed: 3)])
    let zero = FlashPlan.Zero(name: "misc", extent: PlanExtent(section: "0", start: .fromStart(512), length: 1024))
    let report = try await PlanRunner(options: options).run(files.plan([.zero(zero)]), on: target)
    #expect(report.extents.map(\.verified) == [.digest])
    #expect(
      target.content("0") == noise(4096, seed: 3).prefix(512) + [UInt8](repeating: 0, count: 1024)
        + noise(4096, seed: 3).dropFirst(1536))
  }
}

/// A device of which only reading and writing is used: everything else is the defaults'.
struct ReadWriteTarget: FlashTarget {
  let device: MemoryTarget

  init(_ device: MemoryTarget) { self.device = device }

  var protocolName: String { "plain" }
  var clock: any LinkClock { device.clock }
  var identity: DeviceIdentity { device.identity }
  var capabilities: Set<Capability> { [.storage, .read, .write, .writeRanges, .reboot] }
  var rebootModes: [RebootMode] { device.rebootModes }
  func storage() async throws -> StorageMap { try await device.storage() }
  func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws { try await device.write(image, to: range, progress: progress) }
  func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    try await device.read(range, into: sink)
  }
  func reboot(to mode: RebootMode) async throws {}
  func close() async {}
}
