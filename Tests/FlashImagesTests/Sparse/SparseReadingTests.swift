import FlashImages
import Testing
import WireFormat

@Suite("Reading sparse images")
struct SparseReadingTests {
  typealias Vectors = SparseVectors

  @Test func `the first worked example expands to the image of the specification`() throws {
    #expect(Vectors.first.count == 4180)
    let image = try Vectors.source(Vectors.first)
    #expect(
      try extents(of: image) == [
        .data(length: 4096), .fill(FillPattern(littleEndian: 0xDEAD_BEEF), length: 8192), .skip(length: 12288),
      ])
    let expanded = try expand(image)
    #expect(expanded.count == 24576)
    #expect(
      Vectors.sha256(expanded) == "8c5501e72cad341f88eec4f31fda8728dfdafd0b772d6281efb1c212dece607f")
    let summary = try SparseCheck().run(image)
    #expect(summary.verifiedChecksumCount == 1 && summary.notes.isEmpty)
    #expect((summary.dataByteCount, summary.fillByteCount, summary.skipByteCount) == (4096, 8192, 12288))
  }

  @Test func `larger headers and a higher minor version are read`() throws {
    #expect(Vectors.large.count == 52)
    let expanded = try expand(try Vectors.source(Vectors.large), pieceByteCount: 999)
    #expect(
      Vectors.sha256(expanded) == "73ae1c647e2243a1d507075f083d20ecb5c233372a8748068f0e64c296d1d42b")
  }

  @Test func `the pieces of the specification join to its image, in any order`() throws {
    #expect(Vectors.sha256(Vectors.whole) == "6c88a001441fad2b75384ae669852af0e467eff2dab4475a59a265b2ba041d74")
    let pieces = try Vectors.pieces.map { try Vectors.source($0) }
    for order in [pieces, pieces.reversed()] {
      let joined = try JoinedImageSource(order)
      #expect(
        Vectors.sha256(try expand(joined)) == "c3ca0752b5b3ac4d111ff2be7c9892f852a96ba132dcca65276b0587c40ec87a")
      #expect(try extents(of: joined) == [.data(length: 8192), .data(length: 8192), .skip(length: 8192)])
    }
  }

  @Test func `pieces that hold the same place have to hold the same bytes`() throws {
    let whole = try Vectors.source(Vectors.whole)
    let half = try Vectors.source(Vectors.pieces[1])
    #expect(try expand(JoinedImageSource([half, whole, half])) == expand(whole))
    let other = try Vectors.source(
      Vectors.file([(0xCAC3, 3, []), (0xCAC2, 2, [9, 9, 9, 9])], total: 6), .lenient)
    #expect(
      throws: ImageError.sparse(
        path: "memory", offset: 0, .overlappingPieces(other: "memory", imageOffset: 3 * 4096))
    ) { try JoinedImageSource([whole, other]) }
    let blocks = try Vectors.source(Vectors.file([(0xCAC3, 6, [])], total: 6, block: 1024))
    #expect(
      throws: ImageError.sparse(path: "memory", offset: 12, .differentBlockSize(1024, expected: 4096))
    ) { try JoinedImageSource([whole, blocks]) }
  }

  @Test func `an image may be entered anywhere`() throws {
    let image = try Vectors.source(Vectors.first)
    let whole = try expand(image)
    let reader = try #require(try image.openSeekable())
    for offset in [4097, 0, 5, 4096, 24575, 24576, 30000, 12287, 12286, 20000, 4095] {
      try reader.seek(to: UInt64(offset))
      let stream = ImageStream(continuing: reader)
      var buffer = [UInt8](repeating: 1, count: 9000)
      let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
      #expect(Array(buffer[..<count]) == Array(whole.dropFirst(offset).prefix(9000)))
    }
  }

  @Test func `runs join neighbouring chunks and leave out what is skipped`() throws {
    let bytes = Vectors.file(
      [
        (0xCAC3, 1, []), (0xCAC1, 1, Vectors.rawBlock), (0xCAC1, 0, []), (0xCAC2, 2, [1, 2, 3, 4]),
        (0xCAC4, 0, [0, 0, 0, 0]), (0xCAC1, 1, Vectors.rawBlock), (0xCAC3, 2, []), (0xCAC2, 1, [0, 0, 0, 0]),
        (0xCAC3, 1, []),
      ], total: 9)
    let image = try Vectors.source(bytes)
    let whole = try expand(image)
    for limit in [UInt64.max, 4096, 5000, 16384] {
      let runs = try ImageRunReader(image, maximumByteCount: limit)
      var covered: [Range<Int>] = []
      while let run = try runs.next() {
        #expect(run.length <= limit && run.length > 0)
        let range = Int(run.offset)..<Int(run.offset + run.length)
        // Every other run is not read, or only in part.
        let wanted = covered.count % 2 == 0 ? range.count + 100 : 10
        var buffer = [UInt8](repeating: 7, count: wanted)
        let stream = runs.stream()
        let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
        #expect(Array(buffer[..<count]) == Array(whole[range].prefix(wanted)))
        covered.append(range)
      }
      let expected = limit == .max ? [4096..<20480, 28672..<32768] : nil
      if let expected { #expect(covered == expected) }
      #expect(covered.reduce(0) { $0 + $1.count } == 16384 + 4096)
    }
  }

  @Test func `an image that ends early is read leniently only`() throws {
    let bytes = Vectors.setting(Vectors.first, 16, UInt32(7))
    #expect(throws: ImageError.sparse(path: "memory", offset: 4180, .tooFewBlocks(6, expected: 7))) {
      try SparseCheck().run(try Vectors.source(bytes))
    }
    let image = try Vectors.source(bytes, .lenient)
    let summary = try SparseCheck(mode: .lenient).run(image)
    #expect(summary.notes == [.endsEarly(blocks: 6, expected: 7)])
    #expect(try expand(image).count == 7 * 4096)
  }

  @Test func `oddities are noted`() throws {
    func notes(_ bytes: [UInt8]) throws -> [SparseNote] { try SparseCheck().run(try Vectors.source(bytes)).notes }
    #expect(try notes(Vectors.file([], total: 0)) == [.empty])
    #expect(try notes(Vectors.first + [1, 2, 3]) == [.trailingBytes(3)])
    #expect(try notes(Vectors.first + [1, 2, 3, 4, 5]) == [.trailingBytes(5)])
    let odd = Vectors.file([(0xCAC2, 1, [0, 0, 0, 0]), (0xCAC4, 5, [0xCB, 0x7A, 0x00, 0x00])], total: 1)
    #expect(throws: ImageError.self) { try notes(odd) }
    #expect(
      try SparseCheck(comparesChecksums: false).run(try Vectors.source(odd)).notes
        == [.checksumChunkWithBlocks(chunk: 1, blocks: 5)])
    #expect(throws: ImageError.sparse(path: "memory", offset: 4180, .concatenated)) {
      try notes(Vectors.first + Vectors.first)
    }
  }

  @Test func `the checksum in the header is compared when it is given`() throws {
    let right = Vectors.setting(Vectors.first, 24, UInt32(0xBAEA_68FF))
    #expect(try SparseCheck().run(try Vectors.source(right)).verifiedChecksumCount == 2)
    let wrong = Vectors.setting(Vectors.first, 24, UInt32(1))
    #expect(
      throws: ImageError.sparse(path: "memory", offset: 24, .wrongImageChecksum(stored: 1, computed: 0xBAEA_68FF))
    ) { try SparseCheck().run(try Vectors.source(wrong)) }
  }
}
