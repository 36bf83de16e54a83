import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing

/// How a user wants images written: `docs/protocols/qualcomm-packages.md` 5.3 and 20.
@Suite struct WritingChoiceTests {
  @Test func `erases the room of every entry before its file, and of a region before its image`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 700), to: "a")
    try folder.data(program("x", file: "a"), program("grow", file: "a", start: "60", count: "0"))
    var request = folder.request { $0.erasesFirst = true }
    request.pairs = [.init(region: "boot", path: folder.path("a"))]
    let plan = try #require(try QualcommFamily().plan(request, for: nil))
    #expect(plan.steps.map(\.action) == ["erase", "write", "erase", "write", "erase", "write"])
    guard case .erase(let first) = plan.steps[0], case .erase(let second) = plan.steps[2],
      case .erase(let third) = plan.steps[4]
    else { return }
    #expect(first.extent == PlanExtent(section: "0", start: .fromStart(34 * 512), length: 8 * 512))
    #expect(second.extent == PlanExtent(section: "0", start: .fromStart(60 * 512), length: 2 * 512))
    #expect(third.attributes["region"] == "boot")
  }

  @Test func `writes zeros where a sparse image leaves out what it does not care about`() throws {
    let folder = try PackageFolder()
    let content = noiseBytes(4096) + [UInt8](repeating: 0, count: 8192) + noiseBytes(4096)
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    _ = try SparseEncoder(skipsZeros: true).write(RandomAccessImageSource(MemoryBytes(content)), to: output)
    try output.commit()
    try folder.data(program("s", file: "s.img", count: "32", "sparse='true'"))
    let write = try #require(try folder.plan { $0.zeroesSkips = true }.writes.first)
    #expect(write.byteCount == 16384)
    let reader = try write.image.source().open()
    var extents: [ImageExtent] = []
    while let extent = try reader.next() { extents.append(extent) }
    #expect(extents == [.data(length: 4096), .fill(.zeros, length: 8192), .data(length: 4096)])
  }

  @Test func `takes sectors of the descriptors for those of another size`() throws {
    let folder = try PackageFolder()
    try folder.write([UInt8](repeating: 1, count: 5000), to: "a")
    try folder.data(program("x", file: "a", start: "6"))
    let write = try #require(try folder.plan { $0.sectorByteCount = 4096 }.writes.first)
    #expect(write.extent == PlanExtent(section: "0", start: .fromStart(6 * 4096), length: 8 * 4096))
    #expect(write.attributes["SECTOR_SIZE_IN_BYTES"] == "4096" && write.byteCount == 8192)
  }
}
