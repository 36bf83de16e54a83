import Qualcomm
import Testing
import WireFormat

/// Every row of `docs/protocols/firehose.md` 1.2.
@Suite struct `Reading what programmers send` {
  private static let log = FirehoseMessage.log(FirehoseLog("INFO: Calling handler for configure"))
  private static let ack = FirehoseMessage.response(FirehoseResponse(.ack))
  private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data>\n"
  private static let plain =
    head + "<log value=\"INFO: Calling handler for configure\" /></data>" + head
    + "<response value=\"ACK\" rawmode=\"false\" /></data>"

  private func messages(_ transfers: [[UInt8]]) throws -> [FirehoseMessage] {
    var reader = FirehoseMessageReader()
    var found: [FirehoseMessage] = []
    for transfer in transfers {
      reader.append(transfer)
      while let item = try reader.next() { if case .message(let message) = item { found.append(message) } }
    }
    return found
  }

  private func messages(_ text: String) throws -> [FirehoseMessage] { try messages([Array(text.utf8)]) }

  @Test(
    arguments: [
      plain, plain.split(separator: "\n").joined(), plain.split(separator: "\n").joined(separator: "\n  "),
      plain.split(separator: "</data>").map { $0 + "</data>\n" }.joined(),
      plain.split(separator: "</data>").map { $0 + "</data></xml>\0\0" }.joined(),
      "\0\0" + plain + "\0",
      "<data><log value='INFO: Calling handler for configure'/></data><data><response value='ACK'/></data>",
      "<data><log value=\"\n INFO: Calling handler for configure \n\"></log><response value=\"true\"/></data>",
      "<DATA><LOG VALUE=\"INFO: Calling handler for configure\"/><Response Value=\"ack\" RawMode=\"False\"/></DATA>",
      head + "<log value=\"\" /></data>" + head + "<log /></data>" + plain,
    ]) func `both messages are found whatever the white space, garbage, case and shape`(text: String) throws
  {
    #expect(try messages(text) == [Self.log, Self.ack])
  }

  @Test(arguments: [1, 2, 3, 7, 40, 55, 511]) func `and however they are cut`(size: Int) throws {
    let bytes = Array(Self.plain.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    #expect(try messages(pieces) == [Self.log, Self.ack])
  }

  @Test func `empty transfers mean nothing`() throws {
    #expect(try messages([[], Array(Self.plain.utf8), [], []]) == [Self.log, Self.ack])
  }

  @Test func `garbage between documents is skipped`() throws {
    let documents = Self.plain.split(separator: "</data>").map { Array(($0 + "</data>").utf8) }
    #expect(try messages([documents[0] + [0xF0, 0xE9, 0x88, 0x14], documents[1]]) == [Self.log, Self.ack])
  }

  @Test(
    arguments: [
      ("ERROR: say \"no\" to \"it\"", "ERROR: say \"no\" to \"it\""), ("a < b && c > d", "a < b && c > d"),
      ("{\"storage_info\": {\"a\":1}}", "{\"storage_info\": {\"a\":1}}"),
      ("say &quot;no&quot; \"twice\"", "say \"no\" \"twice\""),
    ]) func `a log that is no XML is read all the same`(value: String, expected: String) throws
  {
    #expect(
      try messages(Self.head + "<log value=\"\(value)\" /></data>" + Self.plain)
        == [.log(FirehoseLog(expected)), Self.log, Self.ack])
  }

  @Test func `invalid UTF-8 in a log becomes replacement characters`() throws {
    let bytes = Array((Self.head + "<log value=\"a").utf8) + [0xFF, 0xC0] + Array("b\" /></data>".utf8)
    let found = try messages([bytes + Array(Self.plain.utf8)])
    #expect(found.count == 3)
    guard case .log(let log) = found.first else { Issue.record("\(found)"); return }
    #expect(log.text.hasPrefix("a") && log.text.hasSuffix("b"))
  }

  @Test func `a response beside an unreadable log is not lost`() throws {
    let text = Self.head + "<log value=\"a \"b\" c\" /><response value=\"NAK\" rawmode=\"false\" Size=\"1\" /></data>"
    #expect(
      try messages(text) == [
        .log(FirehoseLog("a \"b\" c")),
        .response(FirehoseResponse(.nak, attributes: [XMLAttribute("Size", "1")])),
      ])
  }

  @Test func `raw data behind a response stay raw data`() throws {
    var reader = FirehoseMessageReader()
    let data = Array("<?xml is no document here".utf8) + [0, 1, 2]
    reader.append(FirehoseResponse(.ack, isRawMode: true).document + data)
    #expect(try reader.next() == .message(.response(FirehoseResponse(.ack, isRawMode: true))))
    #expect(reader.takeRest() == data)
    #expect(try reader.next() == nil)
  }

  @Test func `a document longer than 64 KiB is given up`() throws {
    var reader = FirehoseMessageReader()
    reader.append(Array("<data><log value=\"".utf8) + [UInt8](repeating: 0x41, count: 64 << 10))
    #expect(throws: XMLError.self) { try reader.next() }
  }

  @Test func `attributes of responses are found in any case`() throws {
    let response = FirehoseResponse(
      parsing: try XMLDocument(
        parsing: Array(
          #"<response value="NAK" MemoryName="NAND" MaxPayloadSizeToTargetInBytes="8192" AttemptRetry="1" AttemptRestart="0"/>"#
            .utf8)
      ).root)
    #expect(response.value == .nak && !response.isRawMode)
    #expect(response.number("maxpayloadsizetotargetinbytes") == 8192)
    #expect(response.asksToWaitForAnother && !response.asksForRestart)
    #expect(response.number("MemoryName") == nil && response.number("Version") == nil)
  }
}
