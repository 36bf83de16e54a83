import FlashImages
import Testing

/// `docs/protocols/qualcomm-packages.md` 4 and `docs/protocols/firehose.md` 4.5.
@Suite struct DiskExpressionTests {
  private func value(_ text: String, sectors: UInt64? = 20480) throws -> UInt64 {
    try DiskExpression(parsing: text).evaluate(sectors: sectors)
  }

  @Test(arguments: [
    ("NUM_DISK_SECTORS-33.", 20447), ("NUM_DISK_SECTORS-1", 20479), ("NUM_DISK_SECTORS", 20480),
    ("(512*NUM_DISK_SECTORS)-16896.", 10_468_864), ("0x1d1004400L", 7_801_422_848), ("-33", 20447),
    (" 2 + 3 * 4 ", 14), ("(2+3)*4", 20), ("20-6-4", 10), ("100/7/2", 7), ("16.0", 16), ("16.", 16), ("010", 10),
    ("1-2+3", 2), ("0xFFFFFFFFFFFFFFFF", UInt64.max), ("NUM_DISK_SECTORS.", 20480), ("\tNUM_DISK_SECTORS - 1 ", 20479),
  ]) func `computes what the specification lists`(_ text: String, _ expected: UInt64) throws {
    #expect(try value(text) == expected)
  }

  @Test(arguments: [
    ("", DiskExpressionError.empty), (" \t", .empty), ("NUM_DISK_SECTORS-20481.", .negative),
    ("-5", .negative), ("-33.", .negative), ("-x", .unexpected(found: "x", at: 1)),
    ("1.5", .fraction(at: 1)),
    ("1+", .unexpected(found: nil, at: 2)), ("(1", .unexpected(found: nil, at: 2)),
    ("1)", .unexpected(found: ")", at: 1)), ("0x", .unexpected(found: nil, at: 2)),
    ("- -1", .unexpected(found: "-", at: 2)),
    ("1 2", .unexpected(found: "2", at: 2)), ("SECTORS", .unexpected(found: "S", at: 0)),
    ("1/0", .divisionByZero), ("18446744073709551616", .overflow), ("0xFFFFFFFFFFFFFFFF+1", .overflow),
    ("CRC32(1,92)", .checksumUnavailable), ("CRC32(CRC32(1,2),3)", .nestedChecksum),
    ("NUM_DISK_BLOCKS-1", .unknownBlockCount), ("num_disk_sectors", .unexpected(found: "n", at: 0)),
    ("__import__('os')", .unexpected(found: "_", at: 0)), ("2**64", .unexpected(found: "*", at: 2)),
    (String(repeating: "(", count: 100), .tooDeep), (String(repeating: "1", count: 1025), .tooLong(byteCount: 1025)),
  ]) func `refuses what has no value`(_ text: String, _ expected: DiskExpressionError) {
    #expect(throws: expected) { try value(text) }
  }

  @Test func `needs the size of the disk only where it is named`() throws {
    #expect(throws: DiskExpressionError.unknownSectorCount) { try value("NUM_DISK_SECTORS-1.", sectors: nil) }
    #expect(try value("7", sectors: nil) == 7)
    #expect(try DiskExpression(parsing: "NUM_DISK_SECTORS-1.").usesDiskSize)
    #expect(try DiskExpression(parsing: "NUM_DISK_BLOCKS").usesDiskSize)
    #expect(try !DiskExpression(parsing: "34").usesDiskSize)
    #expect(try DiskExpression(parsing: "34").constant == 34)
    #expect(try DiskExpression(parsing: "-33").constant == nil)
  }

  @Test func `asks for the bytes that a CRC32 covers`() throws {
    let crc = try DiskExpression(parsing: "CRC32(NUM_DISK_SECTORS-1.,92)")
    #expect(crc.containsCRC32)
    let value = try crc.evaluate(sectors: 20480) { range in
      #expect(range == .init(sector: 20479, byteCount: 92))
      return 0xFFFF_FFFF
    }
    #expect(value == 0xFFFF_FFFF)
    #expect(try crc.checksumRanges(sectors: 20480) == [.init(sector: 20479, byteCount: 92)])
    #expect(
      try DiskExpression(parsing: "CRC32(2,512)-5").checksumRanges(sectors: nil) == [.init(sector: 2, byteCount: 512)])
  }

  @Test func `keeps the text that is sent to the device`() throws {
    #expect(try DiskExpression(parsing: " NUM_DISK_SECTORS-33. ").text == "NUM_DISK_SECTORS-33.")
    #expect(DiskExpression.fromEnd(33).text == "NUM_DISK_SECTORS-33.")
    #expect(try DiskExpression.fromEnd(33) == DiskExpression(parsing: "NUM_DISK_SECTORS-33."))
    #expect(DiskExpression(34).text == "34")
  }
}
