import FlashImages
import Testing
import WireFormat

/// `docs/protocols/qualcomm-packages.md` 7.2.
@Suite struct NANDPartitionTests {
  private let system: [UInt8] =
    Hex.bytes(
      "aa73ee55dbbd5ee30400000002000000" + "303a53424c0000000000000000000000000000000a000000ff010000"
        + "303a4d494249420000000000000000000a000000ffffffffff01ff00") ?? []

  @Test func `reads and writes the system table of the specification`() throws {
    let table = try NANDPartitionTable(parsing: system.rawSpan)
    #expect(table.kind == .system)
    #expect(table.entries[0] == .init(name: "0:SBL", first: 0, second: 10, attributes: [0xFF, 1, 0, 0]))
    #expect(table.entries[1].isOpenEnded(in: .system))
    var bytes: [UInt8] = []
    table.serialize(into: &bytes)
    #expect(bytes == system)
  }

  @Test func `makes the user table of a nandboot document`() throws {
    let document = try PackageText.document(
      """
      <nandboot><magic_numbers/><partition_version length="4">0x4</partition_version>
      <partitions><partition><name length="16">0:EFS2</name><size_kb length="4">16384</size_kb>
      <pad_kb length="1">1024</pad_kb><which_flash>0</which_flash><attr>0xFF</attr><attr>0x01</attr><attr>0xFF</attr>
      <img_name>efs.bin</img_name></partition></partitions></nandboot>
      """, path: "partition_nand.xml")
    guard case .nandPartitions(let source) = document else {
      Issue.record("no partitions")
      return
    }
    var bytes: [UInt8] = []
    source.table.serialize(into: &bytes)
    #expect(
      Hex.string(bytes.dropFirst(16))
        == "303A454653320000000000000000000000400000" + "00040000" + "FF01FFFF")
    #expect(source.images.map(\.partition) == ["0:EFS2"] && source.images.map(\.fileName) == ["efs.bin"])
    let again = try NANDPartitionTable(parsing: bytes.rawSpan)
    #expect(again == source.table)
  }

  @Test func `refuses tables that are none`() throws {
    var bytes = system
    bytes[0] = 0
    #expect(throws: WireError.self) { try NANDPartitionTable(parsing: bytes.rawSpan) }
    bytes = system
    bytes[12] = 65
    #expect(throws: WireError.self) { try NANDPartitionTable(parsing: bytes.rawSpan) }
    // A name that is no text would not survive writing.
    bytes = system
    bytes[16] = 0xFF
    #expect(throws: WireError.self) { try NANDPartitionTable(parsing: bytes.rawSpan) }
    bytes = Array(system.dropLast())
    #expect(throws: WireError.self) { try NANDPartitionTable(parsing: bytes.rawSpan) }
  }
}
