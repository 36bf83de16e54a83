import MediaTek
import Testing
import WireFormat

@Suite struct `XML agent: frames and tokens` {
  @Test(
    "are those of the specification",
    arguments: [
      ("efeeeefe 01000000 03000000 4f4b00", .ok(nil)), ("efeeeefe 01000000 07000000 4f4b4030 783000", .ready),
      ("efeeeefe 01000000 09000000 4f4b4030 78323030 00", .number(0x200)),
      ("efeeeefe 01000000 07000000 4f4b2145 4f5400", .endOfProgress),
    ] as [(String, XMLAgentToken)])
  func bytes(hex: String, token: XMLAgentToken) throws {
    let bytes = try #require(Hex.bytes(hex))
    #expect(XMLAgentFrame(byteCount: UInt32(token.payload.count)).bytes + token.payload == bytes)
    let frame = try XMLAgentFrame(parsing: bytes)
    #expect(frame.kind == .flow && Int(frame.byteCount) == bytes.count - 12)
    #expect(XMLAgentToken(parsing: Array(bytes[12...])) == token)
  }

  @Test(
    "announce their length with the NUL",
    arguments: [
      (XMLAgentToken.progress(50), 0x0F), (.progress(100), 0x10), (.unsupported, 0x10), (.cancel, 11), (.error(""), 4),
    ])
  func lengths(token: XMLAgentToken, count: Int) {
    #expect(token.payload.count == count)
    #expect(XMLAgentToken(parsing: token.payload) == token)
  }

  @Test(
    "are read whatever hosts and devices make of them",
    arguments: [
      ("OK\0\0", .ok(nil)), ("OK", .ok(nil)), ("OK\r\n\0", .ok(nil)), ("OK@512\0", .ok("512")),
      ("OK@0X1f", .ok("0X1f")),
      ("OK!PROGRESS@100@\0", .progress(100)), ("OK!PROGRESS@7", .progress(7)), ("OK!PROGRESS", .progress(nil)),
      ("OK!EOT", .endOfProgress), ("OK@NOT-EXISTS", .ok("NOT-EXISTS")), ("ERR", .error("")),
      ("ERR!no room", .error("no room")), ("ERROR", .error("OR")),
    ] as [(String, XMLAgentToken)])
  func tolerance(text: String, token: XMLAgentToken) {
    #expect(XMLAgentToken(parsing: Array(text.utf8)) == token)
  }

  @Test("carry numbers in either base", arguments: [("OK@512", 512), ("OK@0x200", 512), ("OK@0X1F", 31)])
  func numbers(text: String, number: UInt64) {
    #expect(XMLAgentToken(parsing: Array(text.utf8))?.number == number)
  }

  @Test(
    "are no numbers when they are none",
    arguments: ["OK@", "OK@-1", "OK@0x", "OK@ten", "OK@99999999999999999999", "OK"])
  func noNumbers(text: String) {
    #expect(XMLAgentToken(parsing: Array(text.utf8))?.number == nil)
  }

  @Test func `what is neither token nor frame is refused`() {
    #expect(XMLAgentToken(parsing: Array("<host>".utf8)) == nil)
    #expect(XMLAgentToken(parsing: []) == nil)
    #expect(XMLAgentToken(parsing: [UInt8](repeating: 0x4F, count: 5000)) == nil)
    #expect(throws: XMLAgentViolation.emptyFrame) {
      try XMLAgentFrame(parsing: [0xEF, 0xEE, 0xEE, 0xFE, 1, 0, 0, 0, 0, 0, 0, 0])
    }
    for bytes in [[0xEF], [0xEF, 0xEE, 0xEE, 0xFE, 3, 0, 0, 0, 1, 0, 0, 0], [0xC0] + [UInt8](repeating: 0, count: 11)]
      as [[UInt8]]
    {
      #expect(throws: XMLAgentViolation.noFrame(bytes)) { try XMLAgentFrame(parsing: bytes) }
    }
  }
}

@Suite struct `XML agent: commands` {
  @Test("are those of the specification, byte for byte", arguments: XMLAgentCommandVector.all.indices)
  func vectors(index: Int) throws {
    let vector = XMLAgentCommandVector.all[index]
    let payload = vector.command.payload
    #expect(String(decoding: payload, as: UTF8.self) == vector.text + "\0")
    #expect(XMLAgentFrame(byteCount: UInt32(payload.count)).bytes == Hex.bytes(vector.header))
    // And a device reads what the host has written.
    let text = XMLAgentText(payload)
    #expect(text.value("command") == "CMD:" + vector.command.name)
    for argument in vector.command.arguments where argument.children.isEmpty {
      #expect(text.value(argument.name) == argument.text)
    }
  }

  @Test func `names with markup are escaped`() {
    let text = String(decoding: XMLAgentCommand.erasePartition("a<b&c").payload, as: UTF8.self)
    #expect(text.contains("<partition>a&lt;b&amp;c</partition>"))
  }

  @Test func `settings of UFS are groups`() {
    var settings = XMLAgentCommand.UFSSettings()
    settings.writeTurbo = .init(size: 16, reduction: 1)
    settings.lastUnit = .init(size: 32, type: 2)
    let text = String(decoding: XMLAgentCommand.setUFS(settings).payload, as: UTF8.self)
    #expect(
      text.contains(
        "<function>SETTING</function><write_turbo><size>0x10</size><reduction>0x1</reduction></write_turbo>"
          + "<split_last_lua><size>0x20</size><type>0x2</type></split_last_lua>"))
  }
}

@Suite struct `XML agent: requests` {
  private static let head = #"<?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:"#

  private func message(_ text: String) -> XMLAgentMessage { XMLAgentMessage(parsing: Array((text + "\0").utf8)) }

  @Test func `are read as real agents send them`() {
    let head = Self.head
    #expect(message(head + "START</command></host>") == .request(.start))
    #expect(
      message(head + "END</command><arg><result>OK</result><message></message></arg></host>")
        == .request(.end(result: "OK", message: "")))
    #expect(
      message(head + "END</command><arg><result>ERR</result><message>Invalid DA Version</message></arg></host>")
        == .request(.end(result: "ERR", message: "Invalid DA Version")))
    #expect(
      message(
        head + "UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>sys-prop</info>"
          + "<target_file>MEM://0x0:0x200000</target_file><packet_length>0x10000</packet_length></arg></host>")
        == .request(.upload(.init(info: "sys-prop", file: "MEM://0x0:0x200000", packetByteCount: 0x10000))))
    #expect(
      message(
        head + "DOWNLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>2nd-DA</info>"
          + "<source_file>MEM://0x0:0x10</source_file><packet_length>0x1000</packet_length></arg></host>")
        == .request(.download(.init(info: "2nd-DA", file: "MEM://0x0:0x10", packetByteCount: 0x1000))))
    #expect(
      message(
        head + "FILE-SYS-OPERATION</command><arg><key>FILE-SIZE</key><file_path>para.bin</file_path></arg></host>")
        == .request(.fileSystem(key: "FILE-SIZE", path: "para.bin")))
    #expect(
      message(head + "PROGRESS-REPORT</command><arg><message>init-hw</message></arg></host>")
        == .request(.progress(message: "init-hw")))
    #expect(message(head + "NEWS</command></host>") == .request(.unknown("NEWS")))
    #expect(message("OK") == .token(.ok(nil)))
    #expect(message("what?") == .other)
    #expect(message("<html></html>") == .other)
  }

  @Test(
    "are read however their XML is broken",
    arguments: [
      "<arg><checksum>CHK_NO</checksum><info>I</info><target_file>T</target_file><packet_length>0x40</packet_length><arg>",
      "<arg><checksum>CHK_NO</checksum><info>I</other><target_file>T</target_file><packet_length>64</packet_length></arg>",
      "<a\"rg><\"checksum>CHK_NO</checksum><info\">I</info><target_file>T</target_file><packet_length>0x40</packet_length></arg>",
      "<arg>\r\n  <packet_length> 0x40 </packet_length>\r\n  <target_file>T</target_file>\r\n <info>I</info>\r\n</arg>",
      "<arg><info>I<info><target_file>T<packet_length>0x40</packet_length></arg>",
    ])
  func broken(arguments: String) {
    let declaration = "<?xml version=“1.0” encoding=“utf-8”?>"
    let text = declaration + "<host><version>1.0</version><command>CMD:UPLOAD-FILE</command>" + arguments + "</host>"
    #expect(message(text) == .request(.upload(.init(info: "I", file: "T", packetByteCount: 0x40))))
  }

  @Test func `values end at another element's closing tag`() {
    let text = XMLAgentText(Array("<arg><log_channel>UART</da_log_channel><log_level>INFO</log_level></arg>".utf8))
    #expect(text.value("log_channel") == "UART" && text.value("log_level") == "INFO")
    #expect(text.value("nothing") == nil)
  }

  @Test func `attributes are read without quotes too`() {
    let text = XMLAgentText(
      Array("<l><pt name=boot>a.img</pt><pt name=\"dtbo\">b.img</pt><pt name='x y' >c</pt></l>".utf8))
    #expect(text.elements("pt").map { $0.attribute("name") } == ["boot", "dtbo", "x y"])
    #expect(text.elements("pt").map(\.value) == ["a.img", "b.img", "c"])
  }

  @Test func `hostile documents are read in bounded time`() {
    let open = [UInt8]("<pt>".utf8)
    var bytes: [UInt8] = []
    for _ in 0..<20_000 { bytes += open }
    #expect(XMLAgentText(bytes).elements("pt").count == 20_000)
    #expect(XMLAgentText([UInt8](repeating: UInt8(ascii: "<"), count: 100_000)).value("pt") == nil)
  }
}
