import Digests
import Qualcomm
import Testing
import WireFormat

/// What `docs/protocols/firehose.md` 6 lists, byte for byte.
@Suite struct `Firehose vectors` {
  private func digest(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  private static let elements: [(String, Int, String)] = [
    (
      #"<configure MemoryName="ufs" MaxPayloadSizeToTargetInBytes="1048576" Verbose="0" ZlpAwareHost="1" SkipStorageInit="0"/>"#,
      154, "f2665a017098f69d7f512dea68c96b4c4e670592a5fb10c011328273768c6852"
    ),
    (
      #"<program SECTOR_SIZE_IN_BYTES="4096" num_partition_sectors="2" physical_partition_number="0" start_sector="6" filename="efi.bin"/>"#,
      166, "ce0d755d9616c28c95f52f672ea06e3cc0d1f56f8229bac573a4c7ea063e43a8"
    ),
    (
      #"<read SECTOR_SIZE_IN_BYTES="512" num_partition_sectors="1" physical_partition_number="0" start_sector="1"/>"#,
      143, "1c6181e4231c7729"
    ),
    (
      #"<erase SECTOR_SIZE_IN_BYTES="4096" physical_partition_number="0" num_partition_sectors="2048" start_sector="6"/>"#,
      148, "bddeaffa7a5e0bb8"
    ),
    (#"<erase SECTOR_SIZE_IN_BYTES="4096" physical_partition_number="4"/>"#, 102, "d7b4663c0b82e0bc"),
    (
      #"<patch SECTOR_SIZE_IN_BYTES="4096" byte_offset="16" filename="DISK" physical_partition_number="0" size_in_bytes="4" start_sector="NUM_DISK_SECTORS-1." value="CRC32(NUM_DISK_SECTORS-1.,92)"/>"#,
      226, "34c4efe1399bcc45"
    ),
    (
      #"<getsha256digest SECTOR_SIZE_IN_BYTES="4096" num_partition_sectors="2048" physical_partition_number="0" start_sector="6"/>"#,
      158, "4427a321e30c8b83"
    ),
    (#"<getstorageinfo physical_partition_number="0"/>"#, 83, "003058e8a9f3d291"),
    (#"<setbootablestoragedrive value="1"/>"#, 72, "b453c2f64efd2fca"),
    (#"<power value="reset" DelayInSeconds="10"/>"#, 78, "c927566904390520"),
    ("<nop/>", 42, "8cd43bf206f84820"),
    (#"<nop value="ping"/>"#, 55, "616c29bbf62df9a5"),
    (#"<peek address64="1048576" size_in_bytes="64"/>"#, 82, "22412f88a4fef3f0"),
    (#"<poke address64="1048576" size_in_bytes="4" value="305419896"/>"#, 99, "c489897e2e2f085f"),
    (
      #"<ufs bNumberLU="2" bBootEnable="1" bDescrAccessEn="0" bInitPowerMode="1" bHighPriorityLUN="127" bSecureRemovalType="0" bInitActiveICCLevel="0" wPeriodicRTCUpdate="0" bConfigDescrLock="0"/>"#,
      224, "8992ea0e7720b399"
    ),
    (
      #"<ufs LUNum="1" bLUEnable="1" bBootLunID="1" size_in_kb="8192" bDataReliability="0" bLUWriteProtect="0" bMemoryType="3" bLogicalBlockSize="12" bProvisioningType="2" wContextCapabilities="0" desc="Boot A"/>"#,
      240, "e76762ac2cb185cb"
    ),
    (#"<ufs LUNtoGrow="0" commit="0"/>"#, 67, "3064d957f7e03c2d"),
  ]

  @Test(arguments: elements) func `a command is written byte for byte as listed`(
    element: String, byteCount: Int, start: String
  ) throws {
    let expected = Array("<?xml version=\"1.0\"?>\n<data>\(element)</data>\n".utf8)
    let command = try FirehoseCommand(parsing: expected)
    if case .other = command { Issue.record("no value of its own: \(element)") }
    #expect(command.document == expected)
    #expect(command.document.count == byteCount)
    #expect(digest(command.document).hasPrefix(start))
  }

  @Test(arguments: elements) func `names are read in any case, and attributes in any order`(
    element: String, byteCount: Int, start: String
  ) throws {
    var parsed = try XMLDocument(parsing: Array(element.utf8)).root
    parsed.name = parsed.name.uppercased()
    parsed.attributes = parsed.attributes.reversed().map { XMLAttribute($0.name.uppercased(), $0.value) }
    #expect(try FirehoseCommand(parsing: parsed).document.count == byteCount)
    #expect(
      try FirehoseCommand(parsing: parsed).document == Array("<?xml version=\"1.0\"?>\n<data>\(element)</data>\n".utf8))
  }

  @Test func `a document that fills its packets gets one more line break`() {
    let name = String(repeating: "x", count: 512 - FirehoseCommand.nop(FirehoseNop(value: "")).document.count)
    let command = FirehoseCommand.nop(FirehoseNop(value: name))
    #expect(command.document.count == 512)
    #expect(command.document(packetByteCount: 512) == command.document + [0x0A])
    #expect(command.document(packetByteCount: 1024) == command.document)
  }

  @Test func `slots and NAND attributes have their places`() {
    let extent = FirehoseExtent(
      sectorByteCount: 4096, physicalPartition: 1, startSector: 7, sectorCount: 9, slot: 1)
    let program = FirehoseProgram(extent, fileName: "a", pagesPerBlock: 64, lastSector: "99")
    #expect(
      program.attributes.map(\.name) == [
        "SECTOR_SIZE_IN_BYTES", "num_partition_sectors", "physical_partition_number", "start_sector", "slot",
        "filename",
        "PAGES_PER_BLOCK", "last_sector",
      ])
    #expect(
      FirehoseErase(extent, pagesPerBlock: 64).attributes.map(\.name) == [
        "SECTOR_SIZE_IN_BYTES", "physical_partition_number", "num_partition_sectors", "start_sector", "slot",
        "PAGES_PER_BLOCK",
      ])
    #expect(
      FirehoseErase(wholeOf: 0, sectorByteCount: nil, usesOldForm: true).attributes.map(\.name) == ["StorageDrive"])
  }

  @Test func `values are escaped`() {
    let command = FirehoseCommand.nop(FirehoseNop(value: "a<b>&\"c\"'"))
    #expect(
      String(decoding: command.document, as: UTF8.self)
        .contains("value=\"a&lt;b&gt;&amp;&quot;c&quot;'\""))
  }

  @Test func `the plain ACK is the one that was captured`() throws {
    let captured = try #require(
      Hex.bytes(
        """
        3c 3f 78 6d 6c 20 76 65 72 73 69 6f 6e 3d 22 31 2e 30 22 20 65 6e 63 6f 64 69 6e 67 3d 22 55 54
        46 2d 38 22 20 3f 3e 0a 3c 64 61 74 61 3e 0a 3c 72 65 73 70 6f 6e 73 65 20 76 61 6c 75 65 3d 22
        41 43 4b 22 20 72 61 77 6d 6f 64 65 3d 22 66 61 6c 73 65 22 20 2f 3e 3c 2f 64 61 74 61 3e
        """))
    #expect(captured.count == 94)
    #expect(FirehoseResponse(.ack).document == captured)
    #expect(FirehoseMessageReader.messages(in: captured) == [.response(FirehoseResponse(.ack))])
  }

  @Test(
    arguments: [
      (#"<program num_partition_sectors="1" start_sector="0"/>"#, "SECTOR_SIZE_IN_BYTES"),
      (#"<patch SECTOR_SIZE_IN_BYTES="512" byte_offset="0" size_in_bytes="4" start_sector="1"/>"#, "value"),
      (#"<setbootablestoragedrive/>"#, "value"), (#"<peek size_in_bytes="4"/>"#, "address64"),
    ]) func `a command without what it needs is refused by name`(element: String, missing: String) throws
  {
    let parsed = try XMLDocument(parsing: Array(element.utf8)).root
    #expect(throws: FirehoseMessageError.missingAttribute(element: parsed.name, name: missing)) {
      try FirehoseCommand(parsing: parsed)
    }
  }

  @Test func `numbers that are none, and unknown attributes of a layout, are refused`() throws {
    let power = try XMLDocument(parsing: Array(#"<power DelayInSeconds="soon"/>"#.utf8)).root
    #expect(
      throws: FirehoseMessageError.invalidAttribute(element: "power", name: "DelayInSeconds", value: "soon")
    ) { try FirehoseCommand(parsing: power) }
    let ufs = try XMLDocument(parsing: Array(#"<ufs LUNum="1" bSecret="1"/>"#.utf8)).root
    #expect(throws: FirehoseMessageError.invalidAttribute(element: "ufs", name: "bSecret", value: "1")) {
      try FirehoseCommand(parsing: ufs)
    }
  }
}
