import MkII
import Testing
import WireFormat

@Suite("Matching replies to requests (4.2–4.5)")
struct ExchangeTests {
  private func reply(_ id: UInt8, _ message: UInt8, _ data: [UInt8] = []) -> [UInt8] {
    MkIIMessage(.reply, transactionID: id, messageID: message, data: data).bytes
  }

  @Test func `accepts the reply with the request's transaction id and type`() throws {
    var exchange = MkIIExchange(.begin, transactionID: 7)
    #expect(exchange.requestBytes == hex("1B 00 10 88 00 04 00 00 07 03"))
    let verdict = try exchange.receive(hex("1B 10 00 88 00 05 00 00 07 23 00").rawSpan)
    #expect(verdict == .reply(MkIIReply(to: .begin, data: [0])))
  }

  @Test func `ignores the object bytes, which some device might set`() throws {
    var exchange = MkIIExchange(.begin, transactionID: 7)
    let verdict = try exchange.receive(hex("1B 10 00 88 00 05 5A A5 07 23 00").rawSpan)
    #expect(verdict == .reply(MkIIReply(to: .begin, data: [0])))
  }

  @Test func `skips a reply with another transaction id, or of another type`() throws {
    var exchange = MkIIExchange(.begin, transactionID: 7)
    #expect(
      try exchange.receive(reply(6, 0x23, [0]).rawSpan) == .skip(.stale(transactionID: 6, messageID: 0x23)))
    #expect(
      try exchange.receive(reply(7, 0x21, [0]).rawSpan) == .skip(.stale(transactionID: 7, messageID: 0x21)))
    #expect(try exchange.receive(reply(7, 0x23, [0]).rawSpan) == .reply(MkIIReply(to: .begin, data: [0])))
  }

  @Test func `skips eight stale replies and refuses the ninth`() throws {
    var exchange = MkIIExchange(.begin, transactionID: 7)
    for _ in 1...8 { _ = try exchange.receive(reply(6, 0x23, [0]).rawSpan) }
    #expect(throws: MkIIError.violation(.staleReplies(count: 9), request: "BEGIN")) {
      try exchange.receive(reply(6, 0x23, [0]).rawSpan)
    }
  }

  @Test func `skips datagrams of other Phonet resources, even when they are short`() throws {
    var exchange = MkIIExchange(.ping, transactionID: 0)
    let indication = hex("1B 10 00 10 00 06 00 00 00 10 00 00")
    #expect(try exchange.receive(indication.rawSpan) == .skip(.otherResource(0x10)))
    #expect(try exchange.receive(hex("1B 10 00 10").rawSpan) == .skip(.otherResource(0x10)))
    #expect(try exchange.receive(reply(0, 0x20).rawSpan) == .reply(MkIIReply(to: .ping, data: [])))
  }

  @Test func `does not skip other resources for ever`() throws {
    var exchange = MkIIExchange(.ping, transactionID: 0)
    let indication = hex("1B 10 00 10 00 06 00 00 00 10 00 00")
    for _ in 1...64 { _ = try exchange.receive(indication.rawSpan) }
    #expect(throws: MkIIError.violation(.otherTraffic(count: 65), request: "PING")) {
      try exchange.receive(indication.rawSpan)
    }
  }

  @Test func `reports the Phonet common message with the request's id as a service that is not running`() throws {
    var exchange = MkIIExchange(.ping, transactionID: 0)
    #expect(throws: MkIIError.serviceNotRunning(request: "PING")) {
      try exchange.receive(hex("1B 10 00 88 00 0A 00 00 00 F0 14 00 00 00 00 00").rawSpan)
    }
  }

  @Test func `takes a Phonet common message for an earlier request as stale`() throws {
    var exchange = MkIIExchange(.ping, transactionID: 1)
    let verdict = try exchange.receive(hex("1B 10 00 88 00 0A 00 00 00 F0 14 00 00 00 00 00").rawSpan)
    #expect(verdict == .skip(.stale(transactionID: 0, messageID: 0xF0)))
  }

  @Test(
    "refuses what is no reply",
    arguments: [
      ("", WireError.truncated(at: 0, needed: 10, available: 0)),
      ("1B 10 00 88 00 04 00 00 00", .truncated(at: 0, needed: 10, available: 9)),
      ("1C 10 00 88 00 04 00 00 00 20", .invalid(field: "media", at: 0, value: 0x1C)),
      ("1B 00 10 88 00 04 00 00 00 20", .invalid(field: "receiver", at: 1, value: 0)),
      ("1B 10 10 88 00 04 00 00 00 20", .invalid(field: "sender", at: 2, value: 0x10)),
      ("1B 10 00 88 00 03 00 00 00 20", .invalid(field: "length", at: 4, value: 3)),
      ("1B 10 00 88 00 04 00 00 00 20 00", .invalid(field: "length", at: 4, value: 4)),
    ])
  func malformed(text: String, error: WireError) {
    var exchange = MkIIExchange(.ping, transactionID: 0)
    #expect(throws: MkIIError.violation(.malformed(error), request: "PING")) {
      try exchange.receive(hex(text).rawSpan)
    }
  }

  @Test func `refuses a length field beyond the message`() {
    var exchange = MkIIExchange(.ping, transactionID: 0)
    #expect(throws: MkIIError.self) { try exchange.receive(hex("1B 10 00 88 00 05 00 00 00 20").rawSpan) }
  }

  @Test func `a status other than 00 is a refusal with the device's code`() {
    let reply = MkIIReply(to: .status, data: [0x0A])
    #expect(throws: MkIIError.refused(request: "SU_GET_UPDATE_STATUS_REQ", code: .securityFailure)) {
      try reply.requireSuccess(atLeast: 21)
    }
  }

  @Test func `a success that is too short is a violation`() {
    #expect(throws: MkIIError.violation(.shortReply(received: 1, needed: 21), request: "SU_GET_UPDATE_STATUS_REQ")) {
      try MkIIReply(to: .status, data: [0]).requireSuccess(atLeast: 21)
    }
    #expect(throws: MkIIError.violation(.shortReply(received: 0, needed: 1), request: "BEGIN")) {
      try MkIIReply(to: .begin, data: []).requireSuccess()
    }
  }

  @Test func `an item's value loses one trailing NUL and may be empty`() throws {
    #expect(try MkIIReply(to: .get, data: [0] + "RX-51".utf8 + [0]).text(of: "x") == "RX-51")
    #expect(try MkIIReply(to: .get, data: [0]).text(of: "x") == "")
    #expect(try MkIIReply(to: .get, data: [0, 0]).text(of: "x") == "")
  }

  @Test(
    "refuses item values that are not printable ASCII", arguments: [[0x1B], [0x41, 0, 0x41], [0xC3, 0xA4], [0x7F]])
  func notText(value: [UInt8]) {
    #expect(throws: MkIIError.violation(.notText(item: "/x", prefix: value), request: "GET")) {
      try MkIIReply(to: .get, data: [0] + value).text(of: "/x")
    }
  }
}
