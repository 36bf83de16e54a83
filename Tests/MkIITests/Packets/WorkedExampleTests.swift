import MkII
import Testing
import WireFormat

/// Every message of `docs/protocols/mkii.md` 13, byte for byte, both ways.
@Suite("Worked examples of the specification")
struct WorkedExampleTests {
  struct Request: CustomTestStringConvertible, Sendable {
    var section: String
    var transactionID: UInt8
    var request: MkIIRequest
    var bytes: String
    var testDescription: String { section }
  }

  static let requests: [Request] = [
    Request(section: "13.1", transactionID: 0, request: .ping, bytes: "1B 00 10 88 00 04 00 00 00 00"),
    Request(
      section: "13.2", transactionID: 1, request: .get(item: "/update/protocol_version"),
      bytes: """
        1B 00 10 88 00 1C 00 00 01 01 2F 75 70 64 61 74 65 2F 70 72 6F 74 6F 63 6F 6C 5F 76 65 72 73 69
        6F 6E
        """),
    Request(
      section: "13.3", transactionID: 2, request: .tell(item: "/update/host_protocol_version", value: "2"),
      bytes: """
        1B 00 10 88 00 23 00 00 02 02 2F 75 70 64 61 74 65 2F 68 6F 73 74 5F 70 72 6F 74 6F 63 6F 6C 5F
        76 65 72 73 69 6F 6E 00 32
        """),
    Request(
      section: "13.4", transactionID: 3, request: .get(item: "/device/product_code"),
      bytes: "1B 00 10 88 00 18 00 00 03 01 2F 64 65 76 69 63 65 2F 70 72 6F 64 75 63 74 5F 63 6F 64 65"),
    Request(
      section: "13.5", transactionID: 4, request: .get(item: "/device/hw_build"),
      bytes: "1B 00 10 88 00 14 00 00 04 01 2F 64 65 76 69 63 65 2F 68 77 5F 62 75 69 6C 64"),
    Request(
      section: "13.6", transactionID: 5, request: .get(item: "/update/supported_images"),
      bytes: """
        1B 00 10 88 00 1C 00 00 05 01 2F 75 70 64 61 74 65 2F 73 75 70 70 6F 72 74 65 64 5F 69 6D 61 67
        65 73
        """),
    Request(
      section: "13.7", transactionID: 6, request: .get(item: "/version/sw_release"),
      bytes: "1B 00 10 88 00 17 00 00 06 01 2F 76 65 72 73 69 6F 6E 2F 73 77 5F 72 65 6C 65 61 73 65"),
    Request(section: "13.8", transactionID: 7, request: .begin, bytes: "1B 00 10 88 00 04 00 00 07 03"),
    Request(
      section: "13.9", transactionID: 8, request: .imageHeader(mmcHeader),
      bytes: """
        1B 00 10 88 00 74 00 00 08 04 2E 19 01 01 00 BE EF 6D 6D 63 00 00 00 00 00 00 00 00 00 0F 9F 2C
        00 00 00 00 00 32 10 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00 31 22 52 58 2D 35 31 5F 32
        30 30 39 53 45 5F 31 30 2E 32 30 31 30 2E 31 33 2D 32 2E 56 41 4E 49 4C 4C 41 00 33 1C 6D 6D 63
        20 7B 0A 09 6E 61 6D 65 20 3D 20 22 69 6E 74 65 72 6E 61 6C 22 3B 0A 7D 0A 00
        """),
    Request(
      section: "13.10", transactionID: 9, request: .setSource(handle: 0, transport: "usb:raw"),
      bytes: "1B 00 10 88 00 0F 00 00 09 05 00 00 00 00 75 73 62 3A 72 61 77"),
    Request(
      section: "13.11", transactionID: 0x0A, request: .status(handle: 0),
      bytes: "1B 00 10 88 00 08 00 00 0A 06 00 00 00 00"
    ),
    Request(
      section: "13.12", transactionID: 0x0B, request: .waitCredit(time: 100),
      bytes: "1B 00 10 88 00 08 00 00 0B 0B 00 00 00 64"),
    Request(
      section: "13.13", transactionID: 0x0C, request: .prepareBlock(handle: 0, byteCount: 0x10_0000),
      bytes: "1B 00 10 88 00 0C 00 00 0C 08 00 00 00 00 00 10 00 00"),
    Request(
      section: "13.14", transactionID: 0x0D, request: .status(handle: 0),
      bytes: "1B 00 10 88 00 08 00 00 0D 06 00 00 00 00"
    ),
    Request(
      section: "13.15", transactionID: 0x0E, request: .waitCredit(time: 100),
      bytes: "1B 00 10 88 00 08 00 00 0E 0B 00 00 00 64"),
    Request(
      section: "13.16", transactionID: 0x0F, request: .prepareBlock(handle: 0, byteCount: 0x10_0000),
      bytes: "1B 00 10 88 00 0C 00 00 0F 08 00 00 00 00 00 10 00 00"),
    Request(
      section: "13.16, last block", transactionID: 0xF3, request: .prepareBlock(handle: 0, byteCount: 0x000F_2C00),
      bytes: "1B 00 10 88 00 0C 00 00 F3 08 00 00 00 00 00 0F 2C 00"),
    Request(
      section: "13.17", transactionID: 0x10, request: .reboot(command: "reboot"),
      bytes: "1B 00 10 88 00 0B 00 00 10 0C 72 65 62 6F 6F 74 00"),
    Request(
      section: "13.17, update", transactionID: 0x11, request: .reboot(command: "reboot=update"),
      bytes: "1B 00 10 88 00 12 00 00 11 0C 72 65 62 6F 6F 74 3D 75 70 64 61 74 65 00"),
  ]

  @Test("a request is written as the example shows, and its message is read back", arguments: requests)
  func request(_ example: Request) throws {
    let expected = hex(example.bytes)
    let message = example.request.message(transactionID: example.transactionID)
    #expect(Hex.string(message.bytes, separator: " ") == Hex.string(expected, separator: " "))
    let read = try MkIIMessage(parsing: expected.rawSpan, as: .request)
    #expect(read == message)
    #expect(read.messageID == example.request.type.rawValue)
  }

  struct Reply: CustomTestStringConvertible, Sendable {
    var section: String
    var transactionID: UInt8
    var type: MkIIMessageType
    var data: [UInt8]
    var bytes: String
    var testDescription: String { section }
  }

  static let replies: [Reply] = [
    Reply(section: "13.1", transactionID: 0, type: .ping, data: [], bytes: "1B 10 00 88 00 04 00 00 00 20"),
    Reply(
      section: "13.2", transactionID: 1, type: .get, data: [0] + "2".utf8, bytes: "1B 10 00 88 00 06 00 00 01 21 00 32"),
    Reply(
      section: "13.2, 1.8", transactionID: 1, type: .get, data: [0] + "1.8".utf8,
      bytes: "1B 10 00 88 00 08 00 00 01 21 00 31 2E 38"),
    Reply(section: "13.3", transactionID: 2, type: .tell, data: [0], bytes: "1B 10 00 88 00 05 00 00 02 22 00"),
    Reply(
      section: "13.4", transactionID: 3, type: .get, data: [0] + "RX-51".utf8,
      bytes: "1B 10 00 88 00 0A 00 00 03 21 00 52 58 2D 35 31"),
    Reply(
      section: "13.5", transactionID: 4, type: .get, data: [0] + "2101".utf8,
      bytes: "1B 10 00 88 00 09 00 00 04 21 00 32 31 30 31"),
    Reply(
      section: "13.6", transactionID: 5, type: .get,
      data: [0] + "xloader,secondary,kernel,mmc,cmt-2nd,cmt-algo,cmt-mcusw".utf8,
      bytes: """
        1B 10 00 88 00 3C 00 00 05 21 00 78 6C 6F 61 64 65 72 2C 73 65 63 6F 6E 64 61 72 79 2C 6B 65 72
        6E 65 6C 2C 6D 6D 63 2C 63 6D 74 2D 32 6E 64 2C 63 6D 74 2D 61 6C 67 6F 2C 63 6D 74 2D 6D 63 75
        73 77
        """),
    Reply(
      section: "13.7", transactionID: 6, type: .get, data: [0] + "RX-51_2009SE_21.2011.38-1_PR_MR0".utf8,
      bytes: """
        1B 10 00 88 00 25 00 00 06 21 00 52 58 2D 35 31 5F 32 30 30 39 53 45 5F 32 31 2E 32 30 31 31 2E
        33 38 2D 31 5F 50 52 5F 4D 52 30
        """),
    Reply(section: "13.8", transactionID: 7, type: .begin, data: [0], bytes: "1B 10 00 88 00 05 00 00 07 23 00"),
    Reply(
      section: "13.9", transactionID: 8, type: .imageHeader,
      data: MkIIImageHeaderReply(handle: 0, granularity: 512).serialize(layout: .l0),
      bytes: "1B 10 00 88 00 0D 00 00 08 24 00 00 00 00 00 00 02 00 00"),
    Reply(
      section: "13.9, as L1", transactionID: 8, type: .imageHeader,
      data: MkIIImageHeaderReply(handle: 0, granularity: 0x2_0000).serialize(layout: .l1),
      bytes: "1B 10 00 88 00 0D 00 00 08 24 00 00 00 00 00 00 02 00 00"),
    Reply(section: "13.10", transactionID: 9, type: .setSource, data: [0], bytes: "1B 10 00 88 00 05 00 00 09 25 00"),
    Reply(
      section: "13.11, L0", transactionID: 0x0A, type: .status,
      data: MkIIStatusReply(state: 1, total: 0).serialize(layout: .l0),
      bytes: """
        1B 10 00 88 00 19 00 00 0A 26 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        """),
    Reply(
      section: "13.11, L1", transactionID: 0x0A, type: .status,
      data: MkIIStatusReply(state: 1, total: 0).serialize(layout: .l1),
      bytes: """
        1B 10 00 88 00 19 00 00 0A 26 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        """),
    Reply(
      section: "13.12, L0", transactionID: 0x0B, type: .waitCredit,
      data: MkIICreditReply(entries: [.init(handle: 0, credit: 0x0200_0000)]).serialize(layout: .l0),
      bytes: "1B 10 00 88 00 11 00 00 0B 2B 00 00 00 01 00 00 00 00 02 00 00 00 00"),
    Reply(
      section: "13.12, L1", transactionID: 0x0B, type: .waitCredit,
      data: MkIICreditReply(entries: [.init(handle: 0, credit: 0x0200_0000)]).serialize(layout: .l1),
      bytes: "1B 10 00 88 00 11 00 00 0B 2B 00 00 00 00 01 00 00 00 00 02 00 00 00"),
    Reply(
      section: "13.13", transactionID: 0x0C, type: .prepareBlock, data: [0], bytes: "1B 10 00 88 00 05 00 00 0C 28 00"),
    Reply(
      section: "13.14, L0", transactionID: 0x0D, type: .status,
      data: MkIIStatusReply(state: 3, total: 0x0F9F_2C00).serialize(layout: .l0),
      bytes: """
        1B 10 00 88 00 19 00 00 0D 26 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00 00
        """),
    Reply(
      section: "13.14, L1", transactionID: 0x0D, type: .status,
      data: MkIIStatusReply(state: 3, total: 0x0F9F_2C00).serialize(layout: .l1),
      bytes: """
        1B 10 00 88 00 19 00 00 0D 26 00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00
        """),
    Reply(
      section: "13.15", transactionID: 0x0E, type: .waitCredit,
      data: MkIICreditReply(entries: [.init(handle: 0, credit: 0x01F0_0000)]).serialize(layout: .l0),
      bytes: "1B 10 00 88 00 11 00 00 0E 2B 00 00 00 01 00 00 00 00 01 F0 00 00 00"),
    Reply(
      section: "13.16", transactionID: 0x0F, type: .prepareBlock, data: [0], bytes: "1B 10 00 88 00 05 00 00 0F 28 00"),
    Reply(section: "13.17", transactionID: 0x10, type: .reboot, data: [0], bytes: "1B 10 00 88 00 05 00 00 10 2C 00"),
    Reply(
      section: "13.18, STATUS", transactionID: 0x0D, type: .status, data: [1], bytes: "1B 10 00 88 00 05 00 00 0D 26 01"
    ),
    Reply(
      section: "13.18, PREPARE_BLOCK", transactionID: 0x0F, type: .prepareBlock, data: [3],
      bytes: "1B 10 00 88 00 05 00 00 0F 28 03"),
  ]

  @Test("a reply is read as the example shows, and written back", arguments: replies)
  func reply(_ example: Reply) throws {
    let bytes = hex(example.bytes)
    let message = try MkIIMessage(parsing: bytes.rawSpan, as: .reply)
    let expected = MkIIMessage(
      .reply, transactionID: example.transactionID, messageID: example.type.replyID, data: example.data)
    #expect(message == expected)
    #expect(expected.bytes == bytes)
  }

  @Test func `13.19: the Phonet common message is a reply with id F0 and sub-message 14`() throws {
    let bytes = hex("1B 10 00 88 00 0A 00 00 00 F0 14 00 00 00 00 00")
    let message = try MkIIMessage(parsing: bytes.rawSpan, as: .reply)
    #expect(message.messageID == MkIIMessageType.phonetCommonMessage)
    #expect(message.data == [0x14, 0, 0, 0, 0, 0])
    #expect(message.bytes == bytes)
  }

  @Test(
    "multi-field replies are read back from what they were written as", arguments: MkIIReplyLayout.allCases)
  func layouts(_ layout: MkIIReplyLayout) throws {
    let status = MkIIStatusReply(state: 2, percent: 84, word8: 7, word12: 9, total: 0x1234_5600)
    #expect(try MkIIStatusReply(parsing: status.serialize(layout: layout).rawSpan, layout: layout) == status)
    let credit = MkIICreditReply(entries: [.init(handle: 3, credit: 4096), .init(handle: 4, credit: 512)])
    #expect(try MkIICreditReply(parsing: credit.serialize(layout: layout).rawSpan, layout: layout) == credit)
    #expect(credit.credit(for: 4) == 512)
    #expect(credit.credit(for: 5) == 0)
    let header = MkIIImageHeaderReply(handle: 9, granularity: 512)
    #expect(try MkIIImageHeaderReply(parsing: header.serialize(layout: layout).rawSpan, layout: layout) == header)
  }

  @Test func `a credit reply whose count exceeds its data has the entries that are there`() throws {
    var data = MkIICreditReply(entries: [.init(handle: 0, credit: 512)]).serialize(layout: .l0)
    data[3] = 0xFF
    let reply = try MkIICreditReply(parsing: data.rawSpan, layout: .l0)
    #expect(reply.count == 0xFF)
    #expect(reply.entries.count == 1)
  }
}

/// The header blocks of 13.9, built from their values: type `mmc`, hash BEEF, a device without revisions, a version and
/// a layout of 28 bytes.
let mmcHeader: [UInt8] =
  hex("2E 19 01 01 00 BE EF") + Array("mmc".utf8) + Array(repeating: 0, count: 9) + hex("0F 9F 2C 00 00 00 00 00")
  + hex("32 10") + Array("RX-51".utf8) + Array(repeating: 0, count: 11)
  + hex("31 22") + Array("RX-51_2009SE_10.2010.13-2.VANILLA".utf8) + [0]
  + hex("33 1C") + Array("mmc {\n\tname = \"internal\";\n}\n".utf8) + [0]
