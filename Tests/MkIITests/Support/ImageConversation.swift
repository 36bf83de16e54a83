import MkII

/// Drives an image session against a function that answers requests, on a clock of its own.
struct ImageConversation {
  var session: MkIIImageSession
  var now: Duration = .zero
  /// Every action of the session, in order.
  private(set) var actions: [MkIIImageSession.Action] = []

  init(
    byteCount: UInt32, memory: MkIIConnectionMemory = MkIIConnectionMemory(), policy: MkIIPolicy = MkIIPolicy(),
    transport: String = "usb:raw"
  ) {
    session = MkIIImageSession(
      MkIIImageOrder(name: "mmc", header: [0x2E, 0], byteCount: byteCount), transport: transport, memory: memory,
      policy: policy)
  }

  var requests: [MkIIRequest] { actions.compactMap { if case .request(let request) = $0 { request } else { nil } } }
  var blocks: [UInt32] { actions.compactMap { if case .sendBlock(let count) = $0 { count } else { nil } } }

  /// Runs to the end. `answer` gets the conversation so far and gives the data of the reply.
  mutating func run(_ answer: (MkIIRequest, Self) -> [UInt8]) throws(MkIIError) {
    var action = session.start(now: now)
    while true {
      actions.append(action)
      switch action {
      case .request(let request):
        action = try session.receive(MkIIReply(to: request.type, data: answer(request, self)), now: now)
      case .sendBlock: action = session.blockSent(now: now)
      case .pause(let moment):
        now = max(now, moment)
        action = session.resume(now: now)
      case .finish: return
      }
    }
  }
}

/// A device that behaves: it takes everything at once and says so.
struct ModelDevice {
  var layout = MkIIReplyLayout.l0
  var credit: UInt32 = 0x0200_0000
  var handle: UInt32 = 0
  var total: UInt32
  /// The state after the last block.
  var finalState: UInt32 = 5

  func answer(_ request: MkIIRequest, _ conversation: ImageConversation) -> [UInt8] {
    let progress = conversation.session.progress
    switch request {
    case .imageHeader: return MkIIImageHeaderReply(handle: handle, granularity: 512).serialize(layout: layout)
    case .status:
      let state: UInt32 = progress.accepted == 0 ? 1 : progress.accepted < progress.total ? 3 : finalState
      return MkIIStatusReply(state: state, total: progress.accepted == 0 ? 0 : total).serialize(layout: layout)
    case .waitCredit:
      return MkIICreditReply(entries: [.init(handle: handle, credit: credit)]).serialize(layout: layout)
    default: return [0]
    }
  }
}
