import MkII
import Testing

@Suite("When an image is done (9.8)")
struct FinishingTests {
  private static let size: UInt32 = 4096

  /// Runs an image whose replies after the last block come from `state`, by the time since then.
  private func finish(
    credit: UInt32 = 0x0200_0000, policy: MkIIPolicy = MkIIPolicy(),
    state: @escaping (Duration) -> MkIIStatusReply
  ) throws(MkIIError) -> ImageConversation {
    var conversation = ImageConversation(byteCount: Self.size, policy: policy)
    do throws(MkIIError) {
      try conversation.run { request, conversation in
        let isSettling = conversation.session.isSettling
        if isSettling, case .status = request { return state(conversation.now).serialize(layout: .l0) }
        var device = ModelDevice(total: Self.size)
        if isSettling { device.credit = credit }
        return device.answer(request, conversation)
      }
    } catch { throw error }
    return conversation
  }

  @Test func `state 5, said twice, is the end`() throws {
    let conversation = try finish { _ in MkIIStatusReply(state: 5, total: Self.size) }
    #expect(conversation.now == .zero)
    #expect(conversation.session.notices == [])
  }

  @Test func `one state 5 between others is not the end`() throws {
    var count = 0
    let conversation = try finish { now in
      count += 1
      return MkIIStatusReply(state: count == 1 || now >= .seconds(2) ? 5 : 4, percent: UInt32(count), total: Self.size)
    }
    #expect(conversation.now >= .seconds(2))
  }

  @Test func `state 5 from before the image says nothing until another state has been seen`() {
    var conversation = ImageConversation(byteCount: Self.size)
    #expect(throws: MkIIError.finishingTimedOut(after: .seconds(600))) {
      try conversation.run { request, conversation in
        if case .status = request { return MkIIStatusReply(state: 5, total: Self.size).serialize(layout: .l0) }
        return ModelDevice(total: Self.size).answer(request, conversation)
      }
    }
  }

  @Test("a device with other codes is done when all is consumed and nothing changes for 5 s", arguments: [0, 7, 8])
  func quiet(code: UInt32) throws {
    let conversation = try finish { _ in MkIIStatusReply(state: code, total: Self.size) }
    #expect(conversation.now == .seconds(5))
    #expect(conversation.session.notices == [.finishedByQuiet(state: code)])
  }

  @Test("a state that names work to be done must be quiet for a minute", arguments: [2, 3, 4])
  func working(code: UInt32) throws {
    let conversation = try finish { _ in MkIIStatusReply(state: code, total: Self.size) }
    #expect(conversation.now == .seconds(60))
  }

  @Test func `quiet begins again with every change of the status`() throws {
    let conversation = try finish { now in
      MkIIStatusReply(state: 7, percent: UInt32(min(20, now.components.seconds)), total: Self.size)
    }
    #expect(conversation.now >= .seconds(25) && conversation.now < .seconds(26))
  }

  @Test func `a state that is the one from before the first block is never done by being quiet`() {
    #expect(throws: MkIIError.finishingTimedOut(after: .seconds(600))) {
      try finish { _ in MkIIStatusReply(state: 1, total: Self.size) }
    }
  }

  @Test func `data that are not consumed are not done`() {
    #expect(throws: MkIIError.finishingTimedOut(after: .seconds(600))) {
      try finish(credit: 0x0200_0000 - 1) { _ in MkIIStatusReply(state: 7, total: Self.size) }
    }
  }

  @Test func `an error code while finishing is a failure`() {
    var conversation = ImageConversation(byteCount: Self.size)
    #expect(throws: MkIIError.refused(request: "SU_GET_UPDATE_STATUS_REQ", code: .securityFailure)) {
      try conversation.run { request, conversation in
        if case .status = request, conversation.session.isSettling { return [0x0A] }
        return ModelDevice(total: Self.size).answer(request, conversation)
      }
    }
  }

  @Test func `polls are 100 ms apart while the device finishes`() throws {
    let conversation = try finish { now in MkIIStatusReply(state: now >= .seconds(1) ? 5 : 4, total: Self.size) }
    let polls = conversation.requests.filter { if case .status = $0 { true } else { false } }
    #expect(conversation.now == .seconds(1))
    #expect(polls.count == 1 + 10 + 2)
  }
}
