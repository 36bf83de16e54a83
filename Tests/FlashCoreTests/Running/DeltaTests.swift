import FlashCore
import FlashImages
import Synchronization
import Testing

@Suite struct `Sending only what changed` {
  let files = Workspace()
  /// A stretch that is asked for at once, and a shorter one behind it.
  static let size = 40 << 20
  static let image: [UInt8] = {
    let block = noise(1 << 20, seed: 11)
    var image: [UInt8] = []
    for _ in 0..<40 { image.append(contentsOf: block) }
    image.removeLast(4096)
    return image
  }()

  private func run(
    _ target: MemoryTarget, _ steps: [FlashPlan.Step], verifies: Bool = false,
    _ observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }
  ) async throws -> PlanRunner.Report {
    var options = PlanRunner.Options()
    options.isDelta = true
    options.verifies = verifies
    return try await PlanRunner(options: options, observer: observer).run(files.plan(steps), on: target)
  }

  @Test func `finds the few changed places of a large image and sends little else`() async throws {
    var content = Self.image + [UInt8](repeating: 9, count: 4096)
    for offset in [5, 20_000_000, 20_600_000, 39_999_999] { content[offset] ^= 0x80 }
    let target = MemoryTarget(["0": content], unit: 4096)
    let report = try await run(target, [try files.write("system", Self.image)])
    #expect(isEqual(target.content("0"), Self.image + [UInt8](repeating: 9, count: 4096)))
    #expect(report.sentByteCount <= 4 * 512 << 10)
    #expect(report.byteCount == UInt64(Self.image.count))
    // Each level is asked for once: the whole, and what differs again in smaller pieces.
    let asked = target.state.withLock { $0.digested }.reduce(0) { $0 + $1.byteCount }
    #expect(asked < 3 * UInt64(Self.size))
  }

  @Test func `sends nothing when nothing differs, and calls that proven`() async throws {
    let content = noise(3_000_000, seed: 4)
    let target = MemoryTarget(["0": content + [UInt8](repeating: 0, count: 320)])
    let report = try await run(target, [try files.write("system", content)])
    #expect(report.sentByteCount == 0)
    #expect(report.extents.first?.verified == .digest)
    #expect(target.state.withLock { $0.written.isEmpty })
  }

  @Test func `sends everything when the device computes no digests, and says so`() async throws {
    let content = noise(10_000, seed: 5)
    let target = MemoryTarget(
      ["0": [UInt8](repeating: 0, count: 10_240)], capabilities: MemoryTarget.everything.subtracting([.digest]))
    let events = Mutex<[FlashEvent]>([])
    let report = try await run(target, [try files.write("system", content)]) { event in
      events.withLock { $0.append(event) }
    }
    #expect(report.sentByteCount == 10_000)
    #expect(events.withLock { $0 }.contains(.deltaUnavailable(name: "memory", .noDigest)))
  }

  @Test func `leaves alone what a sparse image leaves out`() async throws {
    let image = SparseFixture.image
    let path = try files.file("sparse.img", image.file)
    let write = FlashPlan.Write(
      name: "s", extent: PlanExtent(section: "0"),
      image: ImageReference(path: path, layers: .expanded, offset: 0, length: image.length), byteCount: 8192)
    let before = noise(Int(image.length), seed: 8)
    let target = MemoryTarget(["0": before], unit: 4096)
    let report = try await run(target, [.write(write)], verifies: true)
    #expect(target.content("0") == image.applied(to: before))
    #expect(report.extents.first?.verified == .digest)
    let again = try await run(target, [.write(write)])
    #expect(again.sentByteCount == 0)
  }

  @Test func `proves what it sent when it is asked to`() async throws {
    var content = noise(2_000_000, seed: 6)
    let path = try files.write("system", content)
    content[1_500_000] ^= 1
    let target = MemoryTarget(["0": content + [UInt8](repeating: 0, count: 384)])
    let report = try await run(target, [path], verifies: true)
    #expect(report.extents.first?.verified == .digest)
    #expect(report.sentByteCount < 1_000_000)
  }
}

/// A sparse image of four blocks: data, a fill, a stretch left out, data.
enum SparseFixture {
  struct Image {
    var file: [UInt8]
    var length: UInt64

    func applied(to before: [UInt8]) -> [UInt8] {
      var after = before
      after.replaceSubrange(0..<4096, with: [UInt8](repeating: 0x41, count: 4096))
      after.replaceSubrange(12288..<16384, with: [UInt8](repeating: 0x42, count: 4096))
      return after
    }
  }

  /// Laid out by hand from `docs/protocols/android-images.md` 2: 28-byte header, 12-byte chunk headers.
  static var image: Image {
    func words(_ values: [UInt32]) -> [UInt8] {
      values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
    let header = words([0xED26_FF3A, 0x0000_0001, 0x000C_001C, 4096, 4, 3, 0])
    let first = words([0x0000_CAC1, 1, 12 + 4096]) + [UInt8](repeating: 0x41, count: 4096)
    let skip = words([0x0000_CAC3, 2, 12])
    let last = words([0x0000_CAC1, 1, 12 + 4096]) + [UInt8](repeating: 0x42, count: 4096)
    return Image(file: header + first + skip + last, length: 16384)
  }
}
