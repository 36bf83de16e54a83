import FlashImages
import Synchronization
import Testing
import WireFormat

@Suite("Compressed images")
struct CompressionTests {
  /// The examples of `docs/protocols/android-images.md` 4.2; all expand to "flashctl\n".
  static let examples: [(CompressionFormat, String)] = [
    (.gzip, "1f 8b 08 00 00 00 00 00 02 03 4b cb 49 2c ce 48 2e c9 e1 02 00 12 08 f7 14 09 00 00 00"),
    (
      .xz,
      """
      fd 37 7a 58 5a 00 00 01 69 22 de 36 02 00 21 01 16 00 00 00 74 2f e5 a3 01 00 08 66 6c 61 73 68 63 74 6c 0a
      00 00 00 00 12 08 f7 14 00 01 1d 09 93 61 36 a6 90 42 99 0d 01 00 00 00 00 01 59 5a
      """
    ),
    (.zstd, "28 b5 2f fd 24 09 49 00 00 66 6c 61 73 68 63 74 6c 0a 86 03 06 99"),
    (.zstd, "28 b5 2f fd 04 58 49 00 00 66 6c 61 73 68 63 74 6c 0a 86 03 06 99"),
    (.zstd, "28 b5 2f fd 20 09 49 00 00 66 6c 61 73 68 63 74 6c 0a"),
    (.lz4, "04 22 4d 18 64 40 a7 09 00 00 80 66 6c 61 73 68 63 74 6c 0a 00 00 00 00 cc ec 97 7f"),
    (
      .lz4,
      "04 22 4d 18 6c 40 09 00 00 00 00 00 00 00 ad 09 00 00 80 66 6c 61 73 68 63 74 6c 0a 00 00 00 00 cc ec 97 7f"
    ),
  ]
  static let plain = Array("flashctl\n".utf8)

  private func open(_ bytes: [UInt8], _ change: (inout ImageFile.Options) -> Void = { _ in }) throws -> ImageFile {
    var options = ImageFile.Options()
    change(&options)
    return try ImageFile(MemoryBytes(bytes), options: options)
  }

  private func bytes(_ hex: String) -> [UInt8] { Hex.bytes(hex) ?? [] }

  /// What unpacking everything ends with.
  private func defect(_ bytes: [UInt8]) -> CompressionDefect? {
    do {
      _ = try expand(try open(bytes).source)
      return nil
    } catch ImageError.compression(_, let offset, _, let defect) {
      #expect(offset <= UInt64(bytes.count))
      return defect
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  @Test("the examples expand to the text, alone and one behind the other", arguments: examples)
  func vectors(format: CompressionFormat, hex: String) throws {
    let packed = bytes(hex)
    let file = try open(packed)
    #expect(file.compression == format)
    #expect(file.source.byteCount == nil)
    #expect(try expand(file.source, pieceByteCount: 4) == Self.plain)
    #expect(try expand(try open(packed + packed).source) == Self.plain + Self.plain)
    let measured = try file.measured()
    #expect(measured.source.byteCount == 9)
    #expect(try expand(measured.source) == Self.plain)
    #expect(try extents(of: measured.source) == [.data(length: 9)])
    #expect(try expand(try ImageFile(MemoryBytes(packed), options: .raw).source) == packed)
  }

  @Test func `a pass tells how far it is, and that it is over`() throws {
    let seen = Mutex<[ImageWork]>([])
    let file = try open(bytes(Self.examples[0].1))
    ImageWork.observe { work in seen.withLock { $0.append(work) } }
    defer { ImageWork.observe(nil) }
    _ = try file.measured()
    // Other tests have files as well.
    let works = seen.withLock { $0 }.filter { $0.path == file.path }
    #expect(works.allSatisfy { $0.kind == .unpacking })
    #expect(works.map(\.byteCount) == [9, 9] && works.map(\.isFinished) == [false, true])
  }

  @Test("a cut, a changed or an appended byte is noticed", arguments: examples)
  func damage(format: CompressionFormat, hex: String) {
    let packed = bytes(hex)
    for cut in 6..<packed.count { #expect(defect(Array(packed.prefix(cut))) != nil, "cut at \(cut)") }
    #expect(defect(packed + [0x41]) != nil)
    // The frame without a checksum cannot know.
    guard hex != Self.examples[4].1 else { return }
    #expect(defect(Array(packed.dropLast()) + [packed[packed.count - 1] ^ 1]) != nil)
  }

  @Test func `what is cut off is truncated, what follows is trailing`() {
    let gzip = bytes(Self.examples[0].1)
    #expect(defect(Array(gzip.dropLast(4))) == .truncated)
    #expect(defect(gzip + Array("garbage!".utf8)) == .trailingBytes)
    #expect(defect(gzip + [0, 0, 0, 7]) == .trailingBytes)
    #expect(defect(gzip + [UInt8](repeating: 0, count: 600)) == nil)
    let zstd = bytes(Self.examples[2].1)
    #expect(defect(Array(zstd.dropLast(4))) == .truncated)
    #expect(defect(zstd + Array("garbage!".utf8)) == .trailingBytes)
    #expect(defect(bytes(Self.examples[1].1) + [UInt8](repeating: 0, count: 8)) == nil)
  }

  /// libzstd overlooks it where the last block is empty and raw, and the output comes in pieces.
  @Test func `a zstd frame that holds less than its header says is corrupt`() throws {
    let file = try CompressedBytes(MemoryBytes(bytes("28 b5 2f fd 20 09 01 00 00")), format: .zstd)
    for size in [7, 4096] {
      let reader = try file.openBytes()
      #expect(throws: ImageError.self) {
        _ = try unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { try unsafe reader.read(into: $0) }
      }
    }
  }

  @Test func `skippable frames are skipped, before and behind`() throws {
    let frame: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
    for example in Self.examples where example.0 == .zstd || example.0 == .lz4 {
      let file = try open(frame + frame + bytes(example.1) + frame)
      #expect(file.compression == example.0)
      #expect(try expand(file.source) == Self.plain)
    }
    // Behind a skippable frame, anything else is raw data.
    #expect(try open(frame + bytes(Self.examples[0].1)).compression == nil)
  }

  @Test func `an expanded size beyond the limit stops the unpacking`() throws {
    for example in Self.examples {
      #expect(throws: ImageError.self) { try open(bytes(example.1)) { $0.limits.expandedByteCount = 8 } }
      #expect(try expand(try open(bytes(example.1)) { $0.limits.expandedByteCount = 9 }.source) == Self.plain)
    }
  }

  @Test func `formats that are not unpacked are refused by name, unless the bytes are wanted as they are`() throws {
    let bzip2 = Array("BZh91AY&SY".utf8)
    #expect(throws: ImageError.compression(path: "memory", offset: 0, format: .bzip2, .unsupported)) {
      try open(bzip2)
    }
    let legacy: [UInt8] = bytes("02 21 4c 18 0a 00 00 00 90 66 6c 61 73 68 63 74 6c 0a")
    #expect(throws: ImageError.compression(path: "memory", offset: 0, format: .lz4Legacy, .unsupported)) {
      try open(legacy)
    }
    #expect(try open(legacy) { $0.unpacks = false }.source.byteCount == 18)
  }

  @Test func `pointers and web pages are no images`() {
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8)
    #expect(throws: ImageError.noImage(path: "memory", .gitLFSPointer)) { try open(pointer) }
    for page in ["<!DOCTYPE html><p>", "\r\n  <HTML>", "<html lang=en>"] {
      #expect(throws: ImageError.noImage(path: "memory", .htmlPage)) { try open(Array(page.utf8)) }
    }
  }

  @Test("what other tools compress is unpacked, sparse images inside too", arguments: ["gzip", "xz", "zstd", "lz4"])
  func oracle(tool: String) throws {
    let workspace = try Workspace()
    let suffix = tool == "gzip" ? ".gz" : tool == "zstd" ? ".zst" : "." + tool
    let raw = noise(700_000, seed: 5) + [UInt8](repeating: 0, count: 3_000_000) + noise(100, seed: 6)
    try workspace.write(raw, to: "raw")
    try workspace.write(SparseVectors.first, to: "sparse")
    for name in ["raw", "sparse"] {
      let arguments = tool == "lz4" ? ["-q", name, name + suffix] : ["-k", "-q", name]
      guard let outcome = try workspace.run(tool, arguments) else { return }
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    let file = try ImageFile(path: workspace.path("raw" + suffix))
    #expect(file.compression?.rawValue == tool)
    #expect(try expand(file.source, pieceByteCount: 77_777) == raw)
    let inner = try ImageFile(path: workspace.path("sparse" + suffix))
    #expect(inner.sparse != nil && inner.source.byteCount == 24576)
    #expect(try expand(inner.source) == expand(try SparseVectors.source(SparseVectors.first)))
    #expect(try SparseCheck().run(#require(inner.sparse)).verifiedChecksumCount == 1)
    #expect(try inner.source.openSeekable() == nil)
    let runs = try ImageRunReader(inner.source)
    #expect(try runs.next() == .init(offset: 0, length: 4096))
    #expect(try runs.next() == .init(offset: 4096, length: 8192))
    #expect(try runs.next() == nil)
  }

  @Test func `compressed twice is refused`() throws {
    let workspace = try Workspace()
    try workspace.write(noise(1000), to: "raw")
    guard try workspace.run("gzip", "-k", "raw") != nil, try workspace.run("xz", "-k", "raw.gz") != nil else { return }
    let path = workspace.path("raw.gz.xz")
    #expect(throws: ImageError.compression(path: path, offset: 0, format: .xz, .compressedTwice(.gzip))) {
      try ImageFile(path: path)
    }
  }

  @Test func `a window larger than allowed is refused with the need`() throws {
    let workspace = try Workspace()
    try workspace.write([UInt8](repeating: 7, count: 3_000_000), to: "raw")
    var options = ImageFile.Options()
    options.limits.memoryByteCount = 1 << 20
    for (tool, option, suffix) in [("xz", "-9", "xz"), ("zstd", "--long=24", "zst")] {
      guard try workspace.run(tool, option, "-k", "-q", "raw") != nil else { continue }
      do {
        _ = try expand(try ImageFile(path: workspace.path("raw." + suffix), options: options).source)
        // A small file says how small it is, and needs no large window.
        #expect(tool == "zstd")
      } catch ImageError.compression(_, _, _, .memory(let needed, let limit)) {
        #expect(needed > limit && limit == 1 << 20)
      }
    }
    // A frame without a size whose window is 16 MiB.
    let frame = bytes("28 b5 2f fd 00 70 01 00 00")
    #expect(
      throws: ImageError.compression(path: "memory", offset: 0, format: .zstd, .memory(needed: 1 << 24, limit: 1 << 20))
    ) { try expand(try open(frame) { $0.limits.memoryByteCount = 1 << 20 }.source) }
  }

  @Test func `sparse inside sparse is refused, and so is the wrong byte order`() {
    let inner = SparseVectors.large + [UInt8](repeating: 0, count: 4096 - 52)
    let outer = SparseVectors.file([(0xCAC1, 1, inner)], total: 1)
    #expect(throws: ImageError.sparse(path: "memory", offset: 0, .nested)) { try open(outer) }
    #expect(throws: ImageError.sparse(path: "memory", offset: 0, .byteSwapped)) {
      try open([0xED, 0x26, 0xFF, 0x3A] + inner)
    }
  }
}
