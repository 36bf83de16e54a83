import FlashImages
import Testing

@Suite struct `Checking scatter layouts` {
  private static let user: UInt64 = 0x3_A3E0_0000
  private static let sections: [ScatterSection: UInt64] = [.user: user, .boot1: 0x400000, .boot2: 0x400000]

  private static func findings(
    _ rows: [ScatterSample.Row], device: Bool = true, images: [Int: ScatterImage] = [:], missing: Set<Int> = []
  ) throws -> [ScatterFinding] {
    let map = ScatterMap(try ScatterSample.layout(rows))
    return ScatterCheck(map, sections: device ? sections : [:], images: images, missing: missing).findings
  }

  private static func image(_ byteCount: UInt64, _ content: ContentKind? = nil) -> ScatterImage {
    ScatterImage(path: "x", byteCount: byteCount, content: content)
  }

  @Test func `the worked example is right, with and without a device`() throws {
    #expect(try Self.findings(ScatterSample.rows).filter { $0.severity != .note }.isEmpty)
    #expect(try Self.findings(ScatterSample.rows, device: false).filter { $0.severity != .note }.isEmpty)
    // Nominal sizes that overlap the reserved end are no fault.
    let nominal = try ScatterSample.layout(ScatterSample.rows)
    #expect(ScatterCheck(ScatterMap(nominal), sections: [.user: 1 << 32]).findings.allSatisfy { $0.severity == .note })
  }

  @Test func `entries that overlap are warned of, and refused when both are written`() throws {
    var rows = ScatterSample.rows
    rows[3].5 = "0x600000"
    let overlap = ScatterFinding.Kind.overlap(other: "nvram", section: .user, bytes: 0x100000)
    #expect(try Self.findings(rows).contains(ScatterFinding(overlap, .warning, at: 4)))
    let images = [3: Self.image(1), 4: Self.image(1)]
    #expect(try Self.findings(rows, images: images).contains(ScatterFinding(overlap, .error, at: 4)))
  }

  @Test func `gaps and orders are notes`() throws {
    var rows = ScatterSample.rows
    rows[3].5 = "0x400000"
    #expect(try Self.findings(rows).contains(ScatterFinding(.gap(bytes: 0x100000), .note, at: 4)))
    rows = ScatterSample.rows
    rows.swapAt(3, 4)
    #expect(try Self.findings(rows).contains(ScatterFinding(.notAscending, .note, at: 4)))
  }

  @Test func `images have to fit`() throws {
    let room: UInt64 = 0x200_0000
    let tooLarge = ScatterFinding(.imageTooLarge(byteCount: room + 1, room: room), .error, at: 4)
    #expect(try Self.findings(ScatterSample.rows, images: [4: Self.image(room + 1)]).contains(tooLarge))
    #expect(try !Self.findings(ScatterSample.rows, images: [4: Self.image(room)]).contains { $0.severity == .error })
    // The preloader's limit is the smaller of entry and boot section.
    let boot = try Self.findings(ScatterSample.rows, images: [0: Self.image(0x40001)])
    #expect(boot.contains(ScatterFinding(.imageTooLarge(byteCount: 0x40001, room: 0x40000), .error, at: 0)))
    // What takes the rest is limited by the device alone.
    #expect(
      try Self.findings(ScatterSample.rows, device: false, images: [5: Self.image(1 << 40)]).allSatisfy {
        $0.severity == .note
      })
    #expect(try Self.findings(ScatterSample.rows, images: [5: Self.image(1 << 40)]).contains { $0.severity == .error })
  }

  @Test func `without a boundary check an image may reach up to the next entry`() throws {
    let text = ScatterSample.text(ScatterSample.rows).replacing(
      "region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n  boundary_check: true",
      with: "region: EMMC_USER\n  storage: HW_STORAGE_EMMC\n  boundary_check: false")
    var rows = try ScatterSample.read(text).scatter.layouts[0]
    rows.partitions[4].byteCount = 0x1000000
    let check = { (size: UInt64) in
      ScatterCheck(ScatterMap(rows), images: [4: Self.image(size)]).findings.filter {
        $0.index == 4 && $0.severity != .note
      }
    }
    #expect(check(0x1800000).map(\.severity) == [.warning])
    #expect(check(0x2000001).map(\.severity) == [.error])
  }

  @Test func `what is ticked without a file or has one unticked is noted, a missing file is an error`() throws {
    var rows = ScatterSample.rows
    rows[3].2 = true
    rows[4].2 = false
    let found = try Self.findings(rows)
    #expect(found.contains(ScatterFinding(.nothingToWrite, .note, at: 3)))
    #expect(found.contains(ScatterFinding(.notSelected, .note, at: 4)))
    let missing = try Self.findings(ScatterSample.rows, missing: [4])
    #expect(missing.contains(ScatterFinding(.fileMissing("boot.img"), .error, at: 4)))
  }

  @Test func `places have to be whole sectors and inside of the device`() throws {
    var rows = ScatterSample.rows
    rows[4].4 = "0x808100"
    #expect(try Self.findings(rows).contains(ScatterFinding(.unaligned(sectorByteCount: 512), .warning, at: 4)))
    #expect(
      try Self.findings(rows, images: [4: Self.image(1)]).contains(
        ScatterFinding(.unaligned(sectorByteCount: 512), .error, at: 4)))
    rows = ScatterSample.rows
    rows[4].4 = "0x3A3DF00000"
    rows[5].4 = "0x3A3DF80000"
    let found = try Self.findings(rows, images: [4: Self.image(1)])
    #expect(found.contains(ScatterFinding(.beyondEnd(section: .user, sectionByteCount: Self.user), .error, at: 4)))
    #expect(found.contains(ScatterFinding(.noRoom, .error, at: 5)))
  }

  @Test func `pointers, pages and unknown regions are refused when they are written`() throws {
    let pointer = try Self.findings(ScatterSample.rows, images: [4: Self.image(130, .gitLFSPointer)])
    #expect(pointer.contains(ScatterFinding(.noImage(.gitLFSPointer), .error, at: 4)))
    var rows = ScatterSample.rows
    rows[4].6 = "ELSEWHERE"
    #expect(try Self.findings(rows).contains(ScatterFinding(.unknownRegion("ELSEWHERE"), .warning, at: 4)))
    rows[4].6 = "EMMC_USER"
    rows[4].3 = "FTL20_IMG"
    #expect(
      try Self.findings(rows, images: [4: Self.image(1)]).contains(ScatterFinding(.translationLayer, .error, at: 4)))
  }
}
