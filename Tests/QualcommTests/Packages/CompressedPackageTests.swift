import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing
import WireFormat

/// Compressed files of packages: `docs/protocols/qualcomm-packages.md` 5.3, `android-images.md` 1 and 4.2.
@Suite struct CompressedPackageTests {
  /// "flashctl\n" in each form that is unpacked, as the specification has it.
  static let vectors: [(name: String, bytes: String, format: String)] = [
    ("a.bin.gz", "1f8b08000000000002034bcb492cce482ec9e102001208f71409000000", "gzip"),
    (
      "a.XZ",
      "fd377a585a000001" + "6922de3602002101" + "16000000742fe5a3" + "01000866" + "6c61736863746c0a"
        + "000000001208f714" + "00011d09936136a6" + "9042990d01000000" + "0001595a", "xz"
    ),
    ("a.img.zst", "28b52ffd2409490000666c61736863746c0a86030699", "zstd"),
    ("d/a.lz4", "04224d186440a709000080666c61736863746c0a00000000ccec977f", "lz4"),
  ]

  private static func bytes(_ hexadecimal: String) -> [UInt8] { Hex.bytes(hexadecimal) ?? [] }

  private static func content(_ write: FlashPlan.Write) throws -> [UInt8] {
    var bytes: [UInt8] = []
    _ = unsafe try ImageScan(write.image.source()) { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }

  @Test(arguments: vectors)
  func `unpacks a file whose name and content say the same`(_ name: String, _ bytes: String, _ format: String) throws {
    let folder = try PackageFolder()
    try folder.write(Self.bytes(bytes), to: name)
    try folder.data(program("x", file: name))
    let plan = try folder.plan()
    let write = try #require(plan.writes.first)
    #expect(try Self.content(write) == Array("flashctl\n".utf8))
    #expect(write.image.length == 9 && write.byteCount == 512)
    #expect(write.attributes["compression"] == format)
    #expect(plan.warnings.map(\.code) == ["unpacked"])
    let raw = try #require(try folder.plan { $0.isRaw = true }.writes.first)
    #expect(try Self.content(raw) == Self.bytes(bytes))
  }

  @Test func `leaves alone what only looks compressed, or is only called so`() throws {
    let folder = try PackageFolder()
    let packed = Self.bytes(Self.vectors[0].bytes)
    try folder.write(packed, to: "kernel")
    try folder.write([1, 2, 3], to: "splash.gz")
    try folder.write(packed, to: "b.xz")
    try folder.data(
      program("kernel", file: "kernel"), program("splash", file: "splash.gz", start: "50"),
      program("b", file: "b.xz", start: "60"))
    let plan = try folder.plan()
    #expect(try plan.writes.map(Self.content) == [packed, [1, 2, 3], packed])
    #expect(plan.warnings.map(\.code) == ["compressed-as-it-is", "compressed-as-it-is"])
  }

  @Test func `measures and cuts what a file expands to, not the file`() throws {
    let folder = try PackageFolder()
    let content = noiseBytes(5000)
    try folder.write(gzip(content), to: "a.gz")
    try folder.data(program("x", file: "a.gz", count: "9"))
    #expect(
      folder.refusal()
        == .expandsBeyond(file: folder.path("a.gz"), room: 4608, at: folder.place(2, "program x")))
    let cut = try folder.plan { $0.allowsTruncation = true }
    #expect(try Self.content(cut.writes[0]) == Array(content.prefix(4608)))
    try folder.data(program("x", file: "a.gz", count: "9", "file_sector_offset='2'"))
    #expect(try Self.content(folder.plan().writes[0]) == Array(content.dropFirst(1024)))
  }

  @Test func `expands a sparse image inside compression, from a folder and from an archive`() throws {
    let folder = try PackageFolder()
    let content = noiseBytes(4096) + [UInt8](repeating: 0, count: 8192) + noiseBytes(4096)
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    _ = try SparseEncoder(skipsZeros: true).write(RandomAccessImageSource(MemoryBytes(content)), to: output)
    try output.commit()
    try folder.write(gzip(folder.read("s.img")), to: "s.img.gz")
    try folder.data(program("s", file: "s.img.gz", count: "32"))
    let archive = try OutputFile.begin(at: folder.path + "/p.zip", replacing: true)
    let writer = ZIPWriter(archive)
    for name in ["rawprogram0.xml", "s.img.gz"] { try writer.add(name, folder.read(name)) }
    try writer.finish()
    try archive.commit()
    let zipped = PlanRequest(descriptors: [folder.path + "/p.zip"], reboots: false)
    let packed = try folder.read("s.img.gz")
    let layers: [(change: (inout PackageOptions) -> Void, content: [UInt8])] = [
      ({ $0.unpacks = false }, packed), ({ $0.expandsSparse = false }, try folder.read("s.img")),
      ({ $0.zeroesSkips = true }, content),
    ]
    for (change, expected) in layers {
      let write = try #require(try folder.plan([], change).writes.first)
      #expect(try Self.content(write) == expected)
      try QualcommFamily().check(folder.plan([], change))
    }
    for plan in [try folder.plan(), try #require(try QualcommFamily().plan(zipped, for: nil))] {
      let write = try #require(plan.writes.first)
      #expect(write.image.length == 16384 && write.byteCount == 8192)
      #expect(try Self.content(write) == content)
      try QualcommFamily().check(plan)
    }
  }

  @Test func `unpacks no further than there is room, for single regions too`() throws {
    let folder = try PackageFolder()
    let path = try folder.write(gzip(noiseBytes(5000)), to: "a.gz")
    let device = DeviceIdentity(family: "qualcomm", model: nil, mode: "EDL")
    func plan(room: UInt64?) throws -> FlashPlan? {
      try QualcommFamily().plan(PlanRequest(pairs: [.init(region: "misc", path: path, room: room)]), for: device)
    }
    #expect(try plan(room: nil)?.byteCount == 5000)
    #expect(try plan(room: 5000)?.byteCount == 5000)
    #expect(throws: QualcommPlanError.expandsBeyond(file: path, room: 4999, at: nil)) { try plan(room: 4999) }
    // A sparse image says at once how long it is.
    let output = try OutputFile.begin(at: folder.path("s.img"), replacing: true)
    let content = noiseBytes(4096) + [UInt8](repeating: 0, count: 61440)
    _ = try SparseEncoder(skipsZeros: true).write(RandomAccessImageSource(MemoryBytes(content)), to: output)
    try output.commit()
    let sparse = try folder.write(gzip(folder.read("s.img")), to: "s.gz")
    let fits = PlanRequest(pairs: [.init(region: "misc", path: sparse, room: 65536)])
    #expect(try QualcommFamily().plan(fits, for: device)?.writes.first?.image.length == 65536)
    let small = PlanRequest(pairs: [.init(region: "misc", path: sparse, room: 65535)])
    #expect(throws: QualcommPlanError.expandsBeyond(file: sparse, room: 65535, at: nil)) {
      try QualcommFamily().plan(small, for: device)
    }
  }

  @Test func `refuses damage, and formats that are not unpacked, before anything else`() throws {
    let folder = try PackageFolder()
    var damaged = gzip(noiseBytes(5000))
    damaged[damaged.count - 6] ^= 1
    try folder.write(damaged, to: "a.gz")
    try folder.data(program("x", file: "a.gz", count: "10"))
    guard case .image(.compression, at: folder.place(2, "program x"))? = folder.refusal() else {
      Issue.record("taken: \(String(describing: folder.refusal()))")
      return
    }
    try folder.write(Array("BZh91AY&SY".utf8) + noiseBytes(100), to: "a.bz2")
    try folder.data(program("x", file: "a.bz2", count: "10"))
    guard case .image(.compression(_, _, .bzip2, .unsupported), _)? = folder.refusal() else {
      Issue.record("taken: \(String(describing: folder.refusal()))")
      return
    }
  }

  /// Bytes in gzip's form, as blocks that are stored.
  private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(65535)
      rest = rest.dropFirst(block.count)
      packed.append(rest.isEmpty ? 1 : 0)
      packed.append(littleEndian: UInt16(block.count))
      packed.append(littleEndian: ~UInt16(block.count))
      packed += block
    } while !rest.isEmpty
    packed.append(littleEndian: CRC32(of: bytes.rawSpan).value)
    packed.append(littleEndian: UInt32(bytes.count))
    return packed
  }
}
