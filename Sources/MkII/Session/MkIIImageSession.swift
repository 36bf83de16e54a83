import WireFormat

/// The sending of one image, without any I/O.
///
/// ```
///  BEGIN → IMAGE_HEADER → SET_SOURCE → ⟨STATUS → WAIT_CREDIT⟩ → PREPARE_BLOCK → raw data ┐
///                                          ↑          └ too little room: pause ┘         │
///                                          └──────────────── until all is sent ──────────┤
///                                        ⟨STATUS → WAIT_CREDIT → pause⟩ until finished ←─┘
/// ```
///
/// Every input returns exactly one action. Time is handed in. After an error the session is over; what the device
/// was left in is in `progress`. Source: `docs/protocols/mkii.md` 9.
public struct MkIIImageSession: Sendable {
  public enum Action: Equatable, Sendable {
    /// Make this request, and give the reply to `receive`.
    case request(MkIIRequest)
    /// Send the next bytes of the image to the raw endpoint, and call `blockSent`.
    case sendBlock(byteCount: UInt32)
    /// Call `resume` at this time.
    case pause(until: Duration)
    /// The device has finished the image.
    case finish
  }

  enum State: Equatable {
    case idle
    case beginning
    case sendingHeader
    case settingSource
    /// Between blocks, or after the last one: waiting for the reply to STATUS, to WAIT_CREDIT, or for time.
    case pollingStatus
    case pollingCredit
    case pausing
    case preparing(UInt32)
    case sendingBlock(UInt32)
    case finished
  }

  public let order: MkIIImageOrder
  /// `usb:raw` or `tcp:raw`.
  public let transport: String
  public private(set) var memory: MkIIConnectionMemory
  public private(set) var progress: MkIIImageProgress
  /// What happened since the session began and is worth a line, in order.
  public private(set) var notices: [MkIINotice] = []
  private let policy: MkIIPolicy
  private(set) var state: State = .idle
  private var watch: MkIIDeviceWatch
  private var knownHandle: UInt32?
  private var sent: UInt32 = 0
  private var pollStart: Duration = .zero

  public init(
    _ order: MkIIImageOrder, transport: String, memory: MkIIConnectionMemory = MkIIConnectionMemory(),
    policy: MkIIPolicy = MkIIPolicy()
  ) {
    self.order = order
    self.transport = transport
    self.memory = memory
    self.policy = policy
    progress = MkIIImageProgress(image: order.name, total: UInt64(order.byteCount))
    watch = MkIIDeviceWatch(policy: policy)
  }

  /// The room the device has offered last, and what the next block needs; 0 after the last block.
  public var room: (available: UInt32, needed: UInt32) { (watch.credit ?? 0, nextBlock) }
  /// Whether everything is sent and the device works on what it has.
  public var isSettling: Bool { sent == order.byteCount && progress.isBegun }

  /// Whether the device has told the image's handle, without which it cannot be asked about it.
  public var hasHandle: Bool { knownHandle != nil }
  private var handle: UInt32 { knownHandle ?? 0 }

  private var nextBlock: UInt32 { min(max(1, policy.blockByteCount), order.byteCount - sent) }

  public mutating func start(now: Duration) -> Action {
    state = .beginning
    return .request(.begin)
  }

  /// A status poll beside the flow, to learn the device's state after a failure or cancellation.
  public var statusRequest: MkIIRequest { .status(handle: handle) }

  /// Takes in the reply to such a poll.
  public mutating func note(_ reply: MkIIReply) throws(MkIIError) {
    let status = try decodeStatus(reply)
    progress.lastState = MkIIImageState(status)
  }

  public mutating func receive(_ reply: MkIIReply, now: Duration) throws(MkIIError) -> Action {
    switch state {
    case .beginning: return try begun(reply)
    case .sendingHeader: return try headerTaken(reply)
    case .settingSource:
      try reply.requireSuccess()
      watch.beginWait(now: now)
      return poll(now: now)
    case .pollingStatus: return try statusTold(reply, now: now)
    case .pollingCredit: return try creditTold(reply, now: now)
    case .preparing(let count):
      try reply.requireSuccess()
      state = .sendingBlock(count)
      return .sendBlock(byteCount: count)
    case .idle, .pausing, .sendingBlock, .finished:
      throw .violation(.staleReplies(count: 1), request: reply.request.name)
    }
  }

  /// The block of the last `sendBlock` has gone out completely.
  public mutating func blockSent(now: Duration) -> Action {
    guard case .sendingBlock(let count) = state else { return .pause(until: now) }
    sent += count
    progress.accepted = UInt64(sent)
    watch.beginWait(now: now)
    return poll(now: now)
  }

  /// The block of the last `sendBlock` broke off after `accepted` bytes; the session is over.
  public mutating func blockFailed(accepted: UInt64) {
    progress.accepted = min(UInt64(sent) + accepted, progress.total)
    state = .finished
  }

  /// The pause is over.
  public mutating func resume(now: Duration) -> Action { poll(now: now) }

  private mutating func begun(_ reply: MkIIReply) throws(MkIIError) -> Action {
    if memory.hasBegun, let first = reply.data.first, first != 0 {
      notices.append(.beginRefused(code: MkIIStatusCode(rawValue: first)))
    } else {
      try reply.requireSuccess()
    }
    memory.hasBegun = true
    progress.isBegun = true
    state = .sendingHeader
    return .request(.imageHeader(order.header))
  }

  private mutating func headerTaken(_ reply: MkIIReply) throws(MkIIError) -> Action {
    try reply.requireSuccess(atLeast: MkIIImageHeaderReply.byteCount)
    let layout = memory.layout.layout(header: reply.data)
    do throws(WireError) {
      knownHandle = try MkIIImageHeaderReply(parsing: reply.data.rawSpan, layout: layout).handle
    } catch {
      throw .violation(.malformed(error), request: reply.request.name)
    }
    state = .settingSource
    return .request(.setSource(handle: handle, transport: transport))
  }

  private mutating func poll(now: Duration) -> Action {
    pollStart = now
    state = .pollingStatus
    return .request(.status(handle: handle))
  }

  private mutating func statusTold(_ reply: MkIIReply, now: Duration) throws(MkIIError) -> Action {
    let status = try decodeStatus(reply)
    watch.see(status, now: now)
    progress.lastState = MkIIImageState(status)
    if isSettling {
      if watch.saysFinished() {
        state = .finished
        return .finish
      }
      if watch.mayBeFinished { return .request(.status(handle: handle)) }
    }
    state = .pollingCredit
    return .request(.waitCredit(time: 100))
  }

  private mutating func creditTold(_ reply: MkIIReply, now: Duration) throws(MkIIError) -> Action {
    watch.see(credit: try decodeCredit(reply), now: now)
    if isSettling { return try settle(now: now) }
    let credit = watch.credit ?? 0
    if credit >= nextBlock {
      state = .preparing(nextBlock)
      return .request(.prepareBlock(handle: handle, byteCount: nextBlock))
    }
    if let after = watch.stalled(limit: policy.creditLimit, now: now) {
      throw .creditTimedOut(available: UInt64(credit), needed: UInt64(nextBlock), after: after)
    }
    return pause()
  }

  private mutating func settle(now: Duration) throws(MkIIError) -> Action {
    if watch.isQuiet(now: now) {
      notices.append(.finishedByQuiet(state: watch.status?.state ?? 0))
      state = .finished
      return .finish
    }
    if let after = watch.stalled(limit: policy.finishingLimit, now: now) { throw .finishingTimedOut(after: after) }
    return pause()
  }

  /// Waits until a poll interval after the poll began: WAIT_CREDIT paces the loop only while there is no credit.
  private mutating func pause() -> Action {
    state = .pausing
    return .pause(until: pollStart + policy.pollInterval)
  }

  private mutating func decodeStatus(_ reply: MkIIReply) throws(MkIIError) -> MkIIStatusReply {
    try reply.requireSuccess(atLeast: MkIIStatusReply.byteCount)
    let wasAssumed = memory.layout.wasAssumed
    let layout = try memory.layout.decide(status: reply.data, imageByteCount: order.byteCount)
    if memory.layout.wasAssumed, !wasAssumed { notices.append(.layoutAssumed) }
    do throws(WireError) { return try MkIIStatusReply(parsing: reply.data.rawSpan, layout: layout) } catch {
      throw .violation(.malformed(error), request: reply.request.name)
    }
  }

  private mutating func decodeCredit(_ reply: MkIIReply) throws(MkIIError) -> UInt32 {
    try reply.requireSuccess(atLeast: 5)
    let wasAssumed = memory.layout.wasAssumed
    let layout = try memory.layout.decide(credit: reply.data)
    if memory.layout.wasAssumed, !wasAssumed { notices.append(.layoutAssumed) }
    do throws(WireError) {
      return try MkIICreditReply(parsing: reply.data.rawSpan, layout: layout).credit(for: handle)
    } catch {
      throw .violation(.malformed(error), request: reply.request.name)
    }
  }
}
