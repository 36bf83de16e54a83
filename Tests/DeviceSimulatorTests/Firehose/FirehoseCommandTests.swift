import Digests
import Testing
import WireFormat

@testable import DeviceSimulator

@Suite struct `Firehose simulator: commands` {
  @Test func `a plain ACK is byte for byte the captured one`() throws {
    var host = try EDLHost.ready()
    host.send(EDLHost.document("<nop/>"))
    let answers = host.transfers()
    let captured = Hex.bytes(
      """
      3c3f786d6c2076657273696f6e3d22312e302220656e636f64696e673d225554462d3822203f3e0a3c646174613e0a3c726573706f6e7365
      2076616c75653d2241434b22207261776d6f64653d2266616c736522202f3e3c2f646174613e
      """)
    #expect(answers.last == captured)
    #expect(answers.last?.count == 94)
  }

  @Test func `a sector is written as the specification's transcript says`() throws {
    var host = try EDLHost.ready("sdm845-ufs", settings: [("sector-size", "512")])
    let data = (0..<512).map { UInt8(truncatingIfNeeded: $0) }
    #expect(
      host.ask(
        "<program SECTOR_SIZE_IN_BYTES=\"512\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"34\" filename=\"a.bin\"/>"
      ) == [Wire.log("INFO: Calling handler for program"), Wire.raw])
    host.send(data)
    host.send([])
    #expect(host.transfers().map { String(decoding: $0, as: UTF8.self) } == [Wire.ack])
    #expect(host.read("34", 1, sector: 512) == data)
  }

  @Test func `a read in wrong sectors is refused as in the transcript`() throws {
    var host = try EDLHost.ready()
    #expect(
      host.ask(
        "<read SECTOR_SIZE_IN_BYTES=\"512\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"1\"/>"
      ) == [
        Wire.log("ERROR: Attribute 'SECTOR_SIZE_IN_BYTES'=512 must be equal to disk sector size 4096"), Wire.nak,
      ])
  }

  @Test func `power says its last words as in the transcript, and leaves the bus`() throws {
    var host = try EDLHost.ready()
    #expect(
      host.ask("<power value=\"reset\" DelayInSeconds=\"1\"/>") == [
        Wire.log("INFO: Calling handler for power"), Wire.ack,
        Wire.log(
          "INFO: Will issue reset/power off 1000000 useconds, if this hangs check if watchdog is enabled"),
        Wire.log("INFO: bsp_target_reset() 0"),
      ])
    #expect(!host.port.isAttached)
    #expect(host.port.returnsAt == nil)
  }

  @Test(arguments: ["reset_to_edl", "edl"])
  func `reset_to_edl leads to Sahara again`(value: String) throws {
    var host = try EDLHost.ready()
    host.ask("<power value=\"\(value)\"/>")
    let back = try #require(host.port.returnsAt)
    host.now = back
    host.port.advance(to: back)
    host.configure()
    try host.load()
    #expect(host.transfers().count > 10)
  }

  @Test func `two sectors of the example are stored, and their digest is the vector's`() throws {
    var host = try EDLHost.ready()
    let data = (0..<8192).map { UInt8(truncatingIfNeeded: $0) }
    #expect(host.program(data, at: "6").after == [Wire.ack])
    let answers = host.ask(
      "<getsha256digest SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"2\" physical_partition_number=\"0\" start_sector=\"6\"/>"
    )
    #expect(
      EDLHost.logs(answers).suffix(2) == [
        "INFO: Hash start sector 6 num sectors 2",
        "INFO: Digest DC404A613FEDAEB54034514BC6505F56B933CAA5250299BA7D094377A51CAA46",
      ])
    #expect(answers.last == Wire.ack)
    host.ask(
      "<erase SECTOR_SIZE_IN_BYTES=\"4096\" physical_partition_number=\"0\" num_partition_sectors=\"1\" start_sector=\"6\"/>"
    )
    let zero = host.ask(
      "<getsha256digest SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"6\"/>"
    )
    #expect(
      EDLHost.logs(zero).last == "INFO: Digest AD7FACB2586FC6E966C004D7D1D16B024F5805FF7CB47C7A85DABD8B48892CA7")
    #expect(host.read("7", 1) == Array(data[4096...]))
  }

  @Test func `the worked example of patches gives the bytes of the specification`() throws {
    var host = try EDLHost.ready("msm8916-emmc", settings: [("sectors", "1024"), ("logs-after-response", "no")])
    var header = [UInt8](repeating: 0, count: 1024)
    let start = try #require(
      Hex.bytes(
        """
        4546492050415254 00000100 5c000000 00000000 00000000 0100000000000000 0000000000000000 2200000000000000
        0000000000000000 2222111133334444 5555666677778888 0200000000000000 04000000 80000000 00000000
        """))
    let entry = try #require(
      Hex.bytes(
        """
        a2a0d0ebe5b9334487c068b6b72699c7 00000000000000000000000000000001 4000000000000000 0000000000000000
        0000000000000000 6400610074006100
        """))
    header.replaceSubrange(0..<start.count, with: start)
    header.replaceSubrange(512..<512 + entry.count, with: entry)
    #expect(host.program(header, at: "1", sector: 512).after == [Wire.ack])
    for (sector, offset, size, value) in [
      (2, 40, 8, "NUM_DISK_SECTORS-34."), (1, 48, 8, "NUM_DISK_SECTORS-34."), (1, 32, 8, "NUM_DISK_SECTORS-1."),
      (1, 88, 4, "CRC32(2,512)"), (1, 16, 4, "0"), (1, 16, 4, "CRC32(1,92)"),
    ] {
      let answers = host.ask(
        "<patch SECTOR_SIZE_IN_BYTES=\"512\" byte_offset=\"\(offset)\" filename=\"DISK\" physical_partition_number=\"0\" size_in_bytes=\"\(size)\" start_sector=\"\(sector)\" value=\"\(value)\"/>"
      )
      #expect(answers.last == Wire.ack)
    }
    let table = host.read("1", 2, sector: 512)
    let patched = try #require(table)
    let expected = try #require(
      Hex.bytes(
        """
        4546492050415254000001005c000000e66dc08900000000 0100000000000000ff03000000000000 2200000000000000de03000000000000
        22221111333344445555666677778888 0200000000000000 0400000080000000 52796c64
        """))
    #expect(Array(patched[..<92]) == expected)
    #expect(patched[512 + 40..<512 + 48] == [0xDE, 3, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [
    (
      "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"6\" start_sector=\"1\"/>",
      "ERROR: Failed to open the UFS Device slot 0 partition 6"
    ),
    (
      "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"NUM_DISK_SECTORS\"/>",
      "ERROR: start_sector 262144 num_partition_sectors 1 exceed the 262144 sectors of partition 0"
    ),
    (
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"0\" physical_partition_number=\"0\" start_sector=\"1\"/>",
      "ERROR: Invalid parameters: num_partition_sectors='0'"
    ),
    (
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"18446744073709551615\" physical_partition_number=\"0\" start_sector=\"1\"/>",
      "ERROR: start_sector 1 num_partition_sectors 18446744073709551615 exceed the 262144 sectors of partition 0"
    ),
    (
      "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" slot=\"1\" start_sector=\"1\"/>",
      "ERROR: Failed to open the UFS Device slot 1 partition 0"
    ),
    (
      "<erase SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"x\"/>",
      "ERROR: Invalid parameters: start_sector='x'"
    ),
    (
      "<patch SECTOR_SIZE_IN_BYTES=\"4096\" byte_offset=\"0\" filename=\"DISK\" physical_partition_number=\"0\" size_in_bytes=\"128\" start_sector=\"1\" value=\"0\"/>",
      "ERROR: patch size too large 128"
    ),
    ("<frobnicate/>", "ERROR: Unknown command frobnicate"),
  ])
  func `what cannot be done is refused with a reason`(element: String, reason: String) throws {
    var host = try EDLHost.ready()
    #expect(host.ask(element) == [Wire.log(reason), Wire.nak])
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test(arguments: [
    "no XML at all", "<?xml version=\"1.0\"?><data></data>", "<?xml version=\"1.0\"?><data><nop</data>",
    "<?xml version=\"1.0\"?><other><nop/></other>",
  ])
  func `what is no command is refused and changes nothing`(text: String) throws {
    var host = try EDLHost.ready()
    host.send(Array(text.utf8))
    #expect(
      host.transfers().map { String(decoding: $0, as: UTF8.self) }
        == [Wire.log("ERROR: XML not formed correctly"), Wire.nak])
    #expect(host.ask("<NOP/>").last == Wire.ack)
  }

  @Test func `a Sahara probe is broken XML to a programmer`() throws {
    var host = try EDLHost.ready()
    host.send(EDLHost.bytes([2, 48, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
    #expect(host.transfers().last == Array(Wire.nak.utf8))
  }

  @Test func `a document longer than 4096 bytes is refused once`() throws {
    var host = try EDLHost.ready()
    let filler = String(repeating: " ", count: 5000)
    host.send(EDLHost.document("<nop \(filler)/>"))
    #expect(host.transfers().filter { $0 == Array(Wire.nak.utf8) }.count == 1)
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `a document as long as a packet needs no end of its own`() throws {
    var host = try EDLHost.ready()
    var document = EDLHost.document("<nop/>")
    document.removeLast()
    let padding = [UInt8](repeating: 0x20, count: 512 - document.count)
    let end = Array("</data>".utf8)
    host.send(Array(document.dropLast(end.count)) + padding + end)
    #expect(host.transfers().last == Array(Wire.ack.utf8))
  }

  @Test func `storage commands need a configure first`() throws {
    var host = try EDLHost()
    try host.load()
    _ = host.transfers()
    let answers = host.ask(
      "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"1\"/>"
    )
    #expect(answers == [Wire.log("ERROR: read before configure"), Wire.nak])
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `spellings and unknown attributes do not matter`() throws {
    var host = try EDLHost.ready()
    let answers = host.ask(
      "<getStorageInfo Physical_Partition_Number=\"1\" whatever=\"2\"/>")
    #expect(answers.last == Wire.ack)
    #expect(EDLHost.logs(answers).contains("INFO: Device Total Logical Blocks: 0x800"))
  }

  @Test func `memory can be looked at and changed`() throws {
    var host = try EDLHost.ready()
    #expect(host.ask("<poke address64=\"1048576\" size_in_bytes=\"4\" value=\"305419896\"/>").last == Wire.ack)
    let answers = host.ask("<peek address64=\"1048576\" size_in_bytes=\"18\"/>")
    let logs = EDLHost.logs(answers)
    #expect(logs[0] == "INFO: Using address 00100000")
    #expect(logs[1].hasPrefix("0x78 0x56 0x34 0x12 0x"))
    #expect(logs[2].split(separator: " ").count == 2)
    let refused = host.ask("<peek address64=\"0\" SizeInBytes=\"4\"/>")
    #expect(EDLHost.logs(refused) == ["ERROR: Invalid parameters: size_in_bytes"])
  }

  @Test func `fixgpt mends the backup and grows the last partition`() throws {
    var host = try EDLHost.ready()
    let good = host.read("NUM_DISK_SECTORS-5", 5)
    #expect(good?.suffix(4096).starts(with: Array("EFI PART".utf8)) == true)
    host.ask(
      "<erase SECTOR_SIZE_IN_BYTES=\"4096\" physical_partition_number=\"0\" num_partition_sectors=\"5\" start_sector=\"NUM_DISK_SECTORS-5\"/>"
    )
    #expect(host.read("NUM_DISK_SECTORS-5", 5) != good)
    #expect(host.ask("<fixgpt lun=\"0\" grow_last_partition=\"1\"/>").last == Wire.ack)
    #expect(host.read("NUM_DISK_SECTORS-5", 5) == good)
  }
}
