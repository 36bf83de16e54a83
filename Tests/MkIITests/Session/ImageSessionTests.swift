import MkII
import Testing
import WireFormat

@Suite("Sending an image (9)")
struct ImageSessionTests {
  private static let MiB: UInt32 = 0x10_0000

  @Test func `the captured flow: two blocks with the bytes of 13.8–13.16`() throws {
    let order = MkIIImageOrder(name: "mmc", header: mmcHeader, byteCount: 0x0F9F_2C00)
    var session = MkIIImageSession(order, transport: "usb:raw")
    let replies = [
      "1B 10 00 88 00 05 00 00 07 23 00", "1B 10 00 88 00 0D 00 00 08 24 00 00 00 00 00 00 02 00 00",
      "1B 10 00 88 00 05 00 00 09 25 00",
      "1B 10 00 88 00 19 00 00 0A 26 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
      "1B 10 00 88 00 11 00 00 0B 2B 00 00 00 01 00 00 00 00 02 00 00 00 00", "1B 10 00 88 00 05 00 00 0C 28 00",
      "1B 10 00 88 00 19 00 00 0D 26 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00 00",
      "1B 10 00 88 00 11 00 00 0E 2B 00 00 00 01 00 00 00 00 01 F0 00 00 00", "1B 10 00 88 00 05 00 00 0F 28 00",
    ]
    var requests: [[UInt8]] = []
    var action = session.start(now: .zero)
    for (index, text) in replies.enumerated() {
      if case .sendBlock(let count) = action {
        #expect(count == Self.MiB)
        action = session.blockSent(now: .zero)
      }
      guard case .request(let request) = action else { Issue.record("no request but \(action)"); return }
      var exchange = MkIIExchange(request, transactionID: UInt8(7 + index))
      requests.append(exchange.requestBytes)
      guard case .reply(let reply) = try exchange.receive(hex(text).rawSpan) else { Issue.record("skipped"); return }
      action = try session.receive(reply, now: .zero)
    }
    #expect(action == .sendBlock(byteCount: Self.MiB))
    let examples = WorkedExampleTests.requests.filter { (7...0x0F).contains($0.transactionID) }
    #expect(requests == examples.map { hex($0.bytes) })
    #expect(session.progress.accepted == UInt64(Self.MiB))
    #expect(session.progress.lastState == MkIIImageState(code: 3))
  }

  @Test(
    "the captured image goes out in 249 blocks and a last one of 0xF2C00 bytes", arguments: MkIIReplyLayout.allCases)
  func blocks(layout: MkIIReplyLayout) throws {
    var conversation = ImageConversation(byteCount: 0x0F9F_2C00)
    let device = ModelDevice(layout: layout, total: 0x0F9F_2C00)
    try conversation.run(device.answer)
    #expect(conversation.blocks.count == 250)
    #expect(conversation.blocks.dropLast().allSatisfy { $0 == Self.MiB })
    #expect(conversation.blocks.last == 0x000F_2C00)
    #expect(conversation.session.progress.accepted == 0x0F9F_2C00)
    #expect(conversation.session.memory.layout.layout == layout)
    #expect(conversation.session.notices == [])
  }

  @Test func `an image of whole blocks has no extra block, and one smaller than a block has one`() throws {
    for (byteCount, blocks) in [(2 * Self.MiB, [Self.MiB, Self.MiB]), (128, [128])] {
      var conversation = ImageConversation(byteCount: byteCount)
      try conversation.run(ModelDevice(total: byteCount).answer)
      #expect(conversation.blocks == blocks)
    }
  }

  @Test func `one status and one credit poll come before every block`() throws {
    var conversation = ImageConversation(byteCount: 2 * Self.MiB)
    try conversation.run(ModelDevice(total: 2 * Self.MiB).answer)
    let flow: [MkIIRequest] = [
      .begin, .imageHeader([0x2E, 0]), .setSource(handle: 0, transport: "usb:raw"), .status(handle: 0),
      .waitCredit(time: 100), .prepareBlock(handle: 0, byteCount: Self.MiB), .status(handle: 0),
      .waitCredit(time: 100), .prepareBlock(handle: 0, byteCount: Self.MiB), .status(handle: 0), .status(handle: 0),
    ]
    #expect(conversation.requests == flow)
  }

  @Test("the handle of reply 24 goes into 05, 06 and 08", arguments: MkIIReplyLayout.allCases)
  func handle(layout: MkIIReplyLayout) throws {
    var conversation = ImageConversation(byteCount: 512, transport: "tcp:raw")
    try conversation.run(ModelDevice(layout: layout, handle: 7, total: 512).answer)
    #expect(conversation.requests.contains(.setSource(handle: 7, transport: "tcp:raw")))
    #expect(conversation.requests.contains(.status(handle: 7)))
    #expect(conversation.requests.contains(.prepareBlock(handle: 7, byteCount: 512)))
  }

  @Test func `a refused first BEGIN is a failure, a refused later one is passed over and told`() throws {
    func answer(_ request: MkIIRequest, _ conversation: ImageConversation) -> [UInt8] {
      request == .begin ? [3] : ModelDevice(total: 512).answer(request, conversation)
    }
    var first = ImageConversation(byteCount: 512)
    #expect(throws: MkIIError.refused(request: "BEGIN", code: .wrongState)) { try first.run(answer) }
    #expect(!first.session.progress.isBegun)

    var done = ImageConversation(byteCount: 512)
    try done.run(ModelDevice(total: 512).answer)
    var second = ImageConversation(byteCount: 512, memory: done.session.memory)
    try second.run(answer)
    #expect(second.session.notices == [.beginRefused(code: .wrongState)])
  }

  @Test func `no block is prepared before there is credit for all of it`() throws {
    var conversation = ImageConversation(byteCount: 2 * Self.MiB)
    var polls = 0
    try conversation.run { request, conversation in
      var device = ModelDevice(total: 2 * Self.MiB)
      if case .waitCredit = request, conversation.session.progress.accepted == UInt64(Self.MiB) {
        polls += 1
        if polls <= 3 { device.credit = Self.MiB - 1 }
      }
      return device.answer(request, conversation)
    }
    #expect(polls == 4)
    #expect(conversation.now == .milliseconds(300))
    #expect(conversation.blocks == [Self.MiB, Self.MiB])
  }

  @Test func `too little credit for 120 s without any change is a failure with the numbers`() {
    var conversation = ImageConversation(byteCount: 2 * Self.MiB)
    #expect(throws: MkIIError.creditTimedOut(available: 0, needed: UInt64(Self.MiB), after: .seconds(120))) {
      try conversation.run { request, conversation in
        var device = ModelDevice(total: 2 * Self.MiB)
        if conversation.session.progress.accepted > 0 { device.credit = 0 }
        return device.answer(request, conversation)
      }
    }
    #expect(conversation.session.progress.accepted == UInt64(Self.MiB))
  }

  @Test func `a device that stays in init for minutes is waited for while its percentage moves`() throws {
    var conversation = ImageConversation(byteCount: 512)
    try conversation.run { request, conversation in
      let isReady = conversation.now >= .seconds(600)
      if case .status = request, !isReady {
        let percent = UInt32(conversation.now.components.seconds / 60 + 1)
        return MkIIStatusReply(state: 2, percent: percent, total: 0).serialize(layout: .l0)
      }
      var device = ModelDevice(total: 512)
      device.credit = isReady ? device.credit : 0
      return device.answer(request, conversation)
    }
    #expect(conversation.now >= .seconds(600))
  }

  @Test func `a device that changes for ever without making room is given up after the policy's patience`() {
    var policy = MkIIPolicy()
    policy.patience = .seconds(20)
    var conversation = ImageConversation(byteCount: 512, policy: policy)
    #expect(throws: MkIIError.self) {
      try conversation.run { request, conversation in
        var device = ModelDevice(total: 512)
        device.credit = conversation.requests.count % 4 < 2 ? 1 : 2
        return device.answer(request, conversation)
      }
    }
    #expect(conversation.now >= .seconds(20) && conversation.now < .seconds(21))
  }

  @Test("an error code at any step is a refusal that names the request", arguments: 0..<8)
  func refusal(step: Int) {
    var conversation = ImageConversation(byteCount: 512)
    let names = [
      "BEGIN", "IMAGE_HEADER", "SET_SOURCE", "SU_GET_UPDATE_STATUS_REQ", "WAIT_CREDIT", "SU_PREPARE_DATA_BLOCK_REQ",
      "SU_GET_UPDATE_STATUS_REQ", "SU_GET_UPDATE_STATUS_REQ",
    ]
    #expect(throws: MkIIError.refused(request: names[step], code: .unknownError)) {
      try conversation.run { request, conversation in
        conversation.requests.count == step + 1 ? [1] : ModelDevice(total: 512).answer(request, conversation)
      }
    }
  }

  @Test("a reply without its minimum of data is a violation", arguments: [(1, 9), (3, 21), (4, 5)])
  func shortReply(step: Int, needed: Int) {
    var conversation = ImageConversation(byteCount: 512)
    #expect(throws: MkIIError.self) {
      try conversation.run { request, conversation in
        conversation.requests.count == step + 1
          ? Array(repeating: 0, count: needed - 1) : ModelDevice(total: 512).answer(request, conversation)
      }
    }
    #expect(conversation.requests.count == step + 1)
  }

  @Test func `replies that tell no layout are read as L0, which is told once`() throws {
    var conversation = ImageConversation(byteCount: 512)
    try conversation.run { request, conversation in
      if case .status = request, conversation.session.progress.accepted == 0 {
        return MkIIStatusReply(state: 0, total: 0).serialize(layout: .l0)
      }
      return ModelDevice(total: 512).answer(request, conversation)
    }
    #expect(conversation.session.notices == [.layoutAssumed])
  }

  @Test func `a block that breaks off counts what was taken`() throws {
    var session = MkIIImageSession(
      MkIIImageOrder(name: "mmc", header: [], byteCount: 512), transport: "usb:raw")
    session.blockFailed(accepted: 100)
    #expect(session.progress.accepted == 100)
    session.blockFailed(accepted: .max / 2)
    #expect(session.progress.accepted == 512)
  }
}
