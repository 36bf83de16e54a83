import WireFormat

/// A program that is no agent: it says C0, as many do that start, and takes what it is sent without a word.
struct SimulatedRawProgram: SimulatedAgent {
  private var hasSomethingToSay = false

  var nextWake: Duration? { nil }
  mutating func start(_ start: AgentStart, at now: Duration) { hasSomethingToSay = true }
  mutating func advance(to now: Duration) {}
  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool, at now: Duration) -> ReceiveAnswer { .accepted }
  mutating func transmit(atMost count: Int, at now: Duration) -> TransmitAnswer {
    guard hasSomethingToSay else { return .nothing }
    hasSomethingToSay = false
    return .transfer([0xC0], isTerminated: false)
  }
  mutating func takeEvents() -> [SimulatedAgentEvent] { [] }
  mutating func busReset(at now: Duration) {}
}
