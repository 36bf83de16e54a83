import Digests
import FlashCore
import Qualcomm
import Testing
import WireFormat

@Suite struct `Validated Image Programming` {
  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.bytes()
  }

  private static func digests(_ count: Int) -> [[UInt8]] { (0..<count).map { digest(Array("\($0)".utf8)) } }

  private static func start(_ bytes: [UInt8]) -> String { Hex.string(digest(bytes).prefix(8)).lowercased() }

  private static let vectors: [(Int, Int, String, [(Int, String)])] = [
    (3, 96, "029127303515f474", []), (53, 1696, "5deb1bb8b89d5829", []),
    (54, 1728, "8af2087aa9951f35", [(33, "a31eba4159fe50f3")]),
    (308, 1728, "c17fc43243802a8b", [(8161, "d373a439070a1689")]),
    (309, 1728, "60ddbaff1b9e911b", [(8192, "e7cb3acbe886a375"), (33, "c3ac5ff75c4bbbbc")]),
    (400, 1728, "cce32af333f72ec1", [(8192, "1061289b48a46f88"), (2945, "1c4d228766dca51c")]),
  ]

  /// `docs/protocols/firehose.md` 7.1.
  @Test(arguments: 0..<6) func `tables are the listed ones`(index: Int) throws {
    let (count, byteCount, start, chained) = Self.vectors[index]
    let tables = try FirehoseVIPTables(digests: Self.digests(count))
    #expect(tables.signed.count == byteCount && Self.start(tables.signed) == start)
    #expect(tables.chained.map(\.count) == chained.map(\.0))
    #expect(tables.chained.map(Self.start) == chained.map(\.1))
    #expect(FirehoseVIPCheck(tables, frames: Self.digests(count)).problems.isEmpty)
  }

  @Test func `more frames than tables can list are refused`() throws {
    #expect(try FirehoseVIPTables(digests: Self.digests(8213)).chained.count == 32)
    #expect(throws: FirehoseVIPError.tooManyFrames(8214, limit: 8213)) {
      try FirehoseVIPTables(digests: Self.digests(8214))
    }
  }

  @Test func `a check finds what a device would find`() throws {
    let digests = Self.digests(400)
    let tables = try FirehoseVIPTables(digests: digests)
    var other = digests
    other[60] = Self.digest([])
    #expect(FirehoseVIPCheck(tables, frames: other).problems == [.differs(frame: 61)])
    var broken = tables
    broken.chained[1][0] ^= 1
    #expect(
      FirehoseVIPCheck(broken, frames: digests).problems == [.chain(table: 1), .differs(frame: 309)])
    broken.chained.removeLast()
    #expect(
      FirehoseVIPCheck(broken, frames: digests).problems.contains {
        if case .differs = $0 { true } else { if case .noTable = $0 { true } else { false } }
      })
    #expect(
      FirehoseVIPCheck(tables, frames: Self.digests(54)).problems.contains(.unused(tables: 1, frames: 54)))
  }

  @Test func `the signed table is read out of its MBN file`() throws {
    let tables = try FirehoseVIPTables(digests: Self.digests(54))
    let header = try #require(
      Hex.bytes(
        """
        1a 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00 c0 06 00 00 c0 06 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        """))
    let parsed = try FirehoseVIPSignedTable(parsing: header + tables.signed)
    #expect(parsed.version == 6 && parsed.digests == tables.signed)
    for broken in [Array(header.prefix(20)), header, [UInt8](repeating: 0, count: 100), tables.signed] {
      #expect(throws: FirehoseVIPError.self) { try FirehoseVIPSignedTable(parsing: broken) }
    }
  }
}
