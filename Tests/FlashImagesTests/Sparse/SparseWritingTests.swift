import FlashImages
import Testing
import WireFormat

@Suite("Writing sparse images")
struct SparseWritingTests {
  typealias Vectors = SparseVectors

  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func write(_ name: String, _ body: (OutputFile) throws -> Void) throws -> [UInt8] {
    let file = try OutputFile.begin(at: workspace.path(name), replacing: true)
    try body(file)
    try file.commit()
    return try workspace.read(name)
  }

  private func encode(
    _ image: any ImageSource, _ encoder: SparseEncoder = SparseEncoder(), name: String = "out"
  ) throws -> [UInt8] {
    try write(name) { _ = try encoder.write(image, to: $0) }
  }

  /// Raw images with blocks of all kinds, and ends of all kinds.
  static let samples: [[UInt8]] = [
    [], [0, 0, 0], [UInt8](repeating: 0, count: 4096), noise(4096), noise(5),
    noise(4096, seed: 2) + [UInt8](repeating: 0, count: 8192)
      + (0..<2048).flatMap { _ in [0xEF, 0xBE, 0xAD, 0xDE] as [UInt8] } + noise(8192, seed: 3)
      + [UInt8](repeating: 0xFF, count: 4096) + [UInt8](repeating: 0, count: 4096) + noise(4096) + [1, 2, 3],
    noise(2_000_000, seed: 9) + [UInt8](repeating: 0, count: 1_000_000) + noise(1_200_000, seed: 4),
  ]

  @Test("a sparse image is what img2simg makes, and simg2img makes the image again", arguments: samples.indices)
  func oracle(index: Int) throws {
    let raw = Self.samples[index]
    let path = try workspace.write(raw, to: "raw")
    let ours = try encode(try FileImageSource(path: path))
    let padded = raw + [UInt8](repeating: 0, count: (4096 - raw.count % 4096) % 4096)
    #expect(try expand(try Vectors.source(ours)) == padded)
    guard try workspace.run("img2simg", "raw", "theirs") != nil else { return }
    #expect(try ours == workspace.read("theirs"))
    guard !raw.isEmpty else { return }
    #expect(try workspace.run("simg2img", "out", "again")?.status == 0)
    #expect(try workspace.read("again") == padded)
  }

  @Test func `holes of the file become fills or skips, as wanted, without being read`() throws {
    let path = workspace.path("holes")
    let file = try OutputFile.begin(at: path, replacing: true)
    try RawImageWriter.write(
      try Vectors.source(
        Vectors.file([(0xCAC3, 64, []), (0xCAC1, 1, Vectors.rawBlock), (0xCAC3, 31, [])], total: 96)), to: file)
    try file.commit()
    let plain = try FileImageSource(path: path)
    #expect(plain.byteCount == 96 * 4096)
    let zeros = try FileImageSource(path: path, holes: .zeros)
    #expect(try expand(zeros) == expand(plain))
    let skips = try FileImageSource(path: path, holes: .skip)
    #expect(try expand(skips) == expand(plain))
    #expect(try encode(plain) == encode(zeros))
    // Whether there are holes is the file system's choice; where there are, they are kept.
    if try extents(of: skips).contains(where: \.isSkip) {
      #expect(try encode(skips) == encode(plain, SparseEncoder(skipsZeros: true)))
    }
  }

  @Test func `an appended checksum is right, and other block sizes and limits are kept`() throws {
    let raw = Self.samples[5]
    let path = try workspace.write(raw, to: "raw")
    let encoder = SparseEncoder(blockByteCount: 1024, appendsChecksum: true, maximumRawByteCount: 2048)
    let image = try Vectors.source(encode(try FileImageSource(path: path), encoder))
    let summary = try SparseCheck().run(image)
    #expect(summary.verifiedChecksumCount == 1 && summary.notes.isEmpty)
    #expect(summary.chunkCounts[.raw, default: 0] > 4)
    #expect(try Array(expand(image).prefix(raw.count)) == raw)
    #expect(throws: ImageError.self) {
      try encode(try FileImageSource(path: path), SparseEncoder(blockByteCount: 1026))
    }
  }

  @Test func `what a sparse image skips stays skipped when it is written again`() throws {
    let again = try encode(try Vectors.source(Vectors.whole))
    #expect(try extents(of: try Vectors.source(again)).last == .skip(length: 8192))
    // Blocks 0 and on hold one byte each, so they come back as fills.
    #expect(try expand(try Vectors.source(again)) == expand(try Vectors.source(Vectors.whole)))
  }

  @Test func `a split gives the pieces of the specification`() throws {
    let splitter = try SparseSplitter(try Vectors.source(Vectors.whole), blockByteCount: 4096, limit: 9000)
    #expect(splitter.pieces.map(\.blocks) == [0..<2, 2..<4])
    for (index, piece) in splitter.pieces.enumerated() {
      let bytes = try write("piece") { try splitter.write(piece, to: $0) }
      #expect(bytes == Vectors.pieces[index])
      #expect(UInt64(bytes.count) == piece.byteCount)
    }
  }

  @Test("pieces keep to their limit and join to the whole", arguments: [4200, 8000, 20_000, 40_000, 1_000_000])
  func splits(limit: UInt64) throws {
    var chunks: [Vectors.Chunk] = []
    var total: UInt32 = 0
    for index in 0..<40 {
      let blocks = UInt32(index * 7 % 9 + 1)
      switch index % 3 {
      case 0: chunks.append((0xCAC1, blocks, noise(Int(blocks) * 4096, seed: UInt64(index))))
      case 1: chunks.append((0xCAC2, blocks, [1, 2, 3, UInt8(index)]))
      default: chunks.append((0xCAC3, blocks, []))
      }
      total += blocks
    }
    let image = try Vectors.source(Vectors.file(chunks, total: total))
    let splitter = try SparseSplitter(image, blockByteCount: 4096, limit: limit)
    var pieces: [SparseImageSource] = []
    for (index, piece) in splitter.pieces.enumerated() {
      let bytes = try write("p\(index)") { try splitter.write(piece, to: $0) }
      #expect(UInt64(bytes.count) <= limit)
      #expect(UInt64(bytes.count) == piece.byteCount)
      pieces.append(try Vectors.source(bytes))
      _ = try SparseCheck().run(pieces[index])
    }
    #expect(try expand(JoinedImageSource(pieces.reversed())) == expand(image))
    #expect(pieces.allSatisfy { $0.header.blockCount == total })
  }

  @Test func `a limit without room for a block is refused`() throws {
    #expect(throws: ImageError.pieceLimit(limit: 4163, needed: 4164)) {
      try SparseSplitter(try Vectors.source(Vectors.whole), blockByteCount: 4096, limit: 4163)
    }
    #expect(try SparseSplitter(try Vectors.source(Vectors.whole), blockByteCount: 4096, limit: 4164).pieces.count == 4)
  }
}
