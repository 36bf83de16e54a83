import Testing
import WireFormat

@Suite struct `XML as vendors write it` {
  private func read(_ text: String, limits: XMLLimits = XMLLimits()) throws -> XMLDocument {
    try XMLDocument(parsing: Array(text.utf8), limits: limits)
  }

  private func problem(_ text: String, limits: XMLLimits = XMLLimits()) -> XMLProblem? {
    do {
      _ = try XMLDocument(parsing: Array(text.utf8), limits: limits)
      return nil
    } catch { return error.problem }
  }

  @Test func `elements nest, attributes keep their order, text is joined`() throws {
    let document = try read(
      """
      <?xml version="1.0"?>
      <!-- a -- b -->
      <contents>
        <product_name>SDM<![CDATA[<845>]]>.LA</product_name>
        <file name='a "b"' size = "3"/>
        <file></file>
      </contents>
      """)
    #expect(document.oddities.isEmpty)
    #expect(document.root.name == "contents")
    #expect(document.root.children.map(\.name) == ["product_name", "file", "file"])
    #expect(document.root.children[0].text == "SDM<845>.LA")
    #expect(document.root.children[1].attributes == [XMLAttribute("name", "a \"b\""), XMLAttribute("size", "3")])
    #expect(document.root.children[1].position == XMLPosition(offset: 106, line: 5, column: 3))
  }

  @Test func `the five entities and characters by number are resolved once`() throws {
    let root = try read("<a v='&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;'>&amp;lt;</a>").root
    #expect(root["v"] == "<>&\"'A\u{1F600}")
    #expect(root.text == "&lt;")
  }

  @Test func `names are found exactly first, then whatever the case`() throws {
    let root = try read("<a ZLPAwareHost='1' zlpawarehost='2' Other='3'/>").root
    #expect(root["zlpawarehost"] == "2")
    #expect(root["ZlpAwareHost"] == "1")
    #expect(root["other"] == "3")
    #expect(root["none"] == nil)
  }

  @Test func `a blank line, comments and a late declaration before the root are accepted`() throws {
    let document = try read("\n<!-- x --> <?xml version='1.0'?>\n<data/>")
    #expect(document.oddities == [.lateDeclaration(at: XMLPosition(offset: 12, line: 2, column: 12))])
    #expect(document.root.name == "data")
  }

  @Test func `two roots are read both, and garbage around them is told`() throws {
    let document = try XMLDocument(
      parsing: [0xF0, 0xE9, 0x88, 0x14] + Array("<data><log value='a'/></data>\0\0<data/>\n</xml>\n< 3".utf8))
    #expect(document.roots.map(\.name) == ["data", "data"])
    #expect(document.oddities.contains(.strayText(at: XMLPosition(offset: 0, line: 1, column: 1))))
    #expect(document.oddities.contains(.severalRoots(at: XMLPosition(offset: 35, line: 1, column: 36))))
  }

  @Test func `a lone ampersand and a less-than sign inside a value are taken as themselves`() throws {
    let document = try read("<a v='1 < 2 & 3&&'>Q & A</a>")
    #expect(document.root["v"] == "1 < 2 & 3&&")
    #expect(document.root.text == "Q & A")
    #expect(document.oddities.count == 4)
  }

  @Test func `a byte order mark is dropped and UTF-16 is understood in both orders`() throws {
    let text = "<a v='\u{E9}\u{1F600}'/>"
    var little: [UInt8] = [0xFF, 0xFE]
    var big: [UInt8] = [0xFE, 0xFF]
    for unit in text.utf16 {
      little.append(littleEndian: unit)
      big.append(bigEndian: unit)
    }
    for bytes in [[0xEF, 0xBB, 0xBF] + Array(text.utf8), little, big] as [[UInt8]] {
      #expect(try XMLDocument(parsing: bytes).root["v"] == "\u{E9}\u{1F600}")
    }
    #expect(throws: XMLError(.invalidEncoding, at: XMLPosition(offset: 0, line: 1, column: 1))) {
      try XMLDocument(parsing: [0xFF, 0xFE, 0x3C])
    }
    #expect(throws: XMLError(.invalidEncoding, at: XMLPosition(offset: 0, line: 1, column: 1))) {
      try XMLDocument(parsing: [0xFF, 0xFE, 0x00, 0xD8])
    }
  }

  @Test(
    "what is no XML is refused with its reason",
    arguments: [
      ("", .noElement), ("  \0 text", .noElement), ("<!-- x", .unexpectedEnd(inside: "comment")),
      ("<a", .unexpectedEnd(inside: "a")), ("<a b", .unexpectedEnd(inside: "a")),
      ("<a b='1", .unexpectedEnd(inside: "a")), ("<a>", .unexpectedEnd(inside: "a")),
      ("<a><![CDATA[x</a>", .unexpectedEnd(inside: "CDATA")),
      ("<?xml", .unexpectedEnd(inside: "processing instruction")),
      ("<a b=1/>", .malformedTag), ("<a b/>", .malformedTag), ("<a / >", .malformedTag), ("<a><1/></a>", .malformedTag),
      ("<a></a b>", .malformedTag), ("<a></b>", .mismatchedEndTag(open: "a", found: "b")),
      ("<a b='1' b='2'/>", .duplicateAttribute("b")), ("<a>&nope;</a>", .unknownEntity("nope")),
      ("<a>&#0;</a>", .invalidCharacterReference("0")), ("<a>&#xD800;</a>", .invalidCharacterReference("xD800")),
      ("<a>&#x;</a>", .invalidCharacterReference("x")), ("<a>&#+1;</a>", .invalidCharacterReference("+1")),
      ("<a/><b", .unexpectedEnd(inside: "b")),
    ] as [(String, XMLProblem)])
  func refused(text: String, expected: XMLProblem) {
    #expect(problem(text) == expected)
  }

  @Test func `document types and entities of one's own are refused`() {
    #expect(problem("<!DOCTYPE lolz [<!ENTITY lol 'lol'>]><a>&lol;</a>") == .forbiddenDeclaration("DOCTYPE"))
    #expect(problem("<a><!ENTITY x SYSTEM '/etc/passwd'></a>") == .forbiddenDeclaration("ENTITY"))
  }

  @Test func `the position of an error is line and column`() {
    #expect(throws: XMLError(.malformedTag, at: XMLPosition(offset: 12, line: 3, column: 8))) {
      try read("<a>\n\n<b \tc3 4/></a>")
    }
  }

  @Test func `limits hold`() {
    var limits = XMLLimits()
    limits.depth = 3
    limits.elementCount = 5
    limits.attributeCount = 2
    limits.nameByteCount = 4
    limits.valueByteCount = 8
    limits.byteCount = 80
    #expect(problem("<a><a><a></a></a></a>", limits: limits) == nil)
    #expect(problem("<a><a><a><a></a></a></a></a>", limits: limits) == .limitExceeded("depth"))
    #expect(problem("<a><b/><b/><b/><b/><b/></a>", limits: limits) == .limitExceeded("elementCount"))
    #expect(problem("<a b='' c='' d=''/>", limits: limits) == .limitExceeded("attributeCount"))
    #expect(problem("<abcde/>", limits: limits) == .limitExceeded("nameByteCount"))
    #expect(problem("<a b='123456789'/>", limits: limits) == .limitExceeded("valueByteCount"))
    #expect(problem("<a>12345<b/>67890</a>", limits: limits) == .limitExceeded("valueByteCount"))
    #expect(problem("<a>" + String(repeating: " ", count: 80), limits: limits) == .limitExceeded("byteCount"))
  }

  @Test func `a hundred thousand end tags without a start are skipped, not followed`() throws {
    #expect(try read(String(repeating: "</a>", count: 100_000) + "<b/>").root.name == "b")
  }

  @Test func `what the writer writes the reader reads`() throws {
    let element = XMLElement(
      "program", attributes: [XMLAttribute("filename", "a&b<c>\"d'\n\te"), XMLAttribute("label", "")],
      children: [XMLElement("nop"), XMLElement("log", text: "x < y")])
    var writer = XMLWriter()
    writer.declaration()
    writer.element(element)
    var again = try read(writer.text).root
    again.position = element.position
    for index in again.children.indices { again.children[index].position = element.position }
    #expect(again == element)
  }

  @Test func `the writer writes a command as devices expect it`() {
    var writer = XMLWriter()
    writer.declaration()
    writer.open("data")
    writer.empty("read", [XMLAttribute("start_sector", "0")])
    writer.close("data")
    #expect(writer.text == #"<?xml version="1.0" encoding="UTF-8" ?><data><read start_sector="0" /></data>"#)
    #expect(XMLWriter.escaped("\u{1}") == "\u{FFFD}")
  }
}
