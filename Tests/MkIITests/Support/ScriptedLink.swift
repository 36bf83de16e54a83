import FlashCore
import FlashImages
import Synchronization
import USBWire
import WireFormat

/// A link that plays one side of a conversation: what the host must send, and what the device answers.
final class ScriptedLink: Link {
  enum Step: Equatable {
    /// The host sends exactly these bytes as one transfer.
    case host([UInt8])
    /// The device sends these bytes as one transfer.
    case device([UInt8])
    /// The host sends so much raw data.
    case raw(UInt64)
    /// The next transfer, whichever way, ends like this.
    case fails(LinkError)
    /// The raw data of the next block break off like this after so many bytes.
    case rawFails(LinkError, accepted: UInt64)
    /// Nothing arrives until the limit.
    case silence
    /// The task that uses the link is cancelled while the next transfer runs.
    case cancellation
  }

  private struct State {
    var steps: [Step]
    var problems: [String] = []
    var log: [String] = []
    var rawBytes: [UInt8] = []
    var cancel: (@Sendable () -> Void)?
  }

  let name = "scripted"
  let kind: LinkKind
  let manualClock = ManualClock()
  var clock: any LinkClock { manualClock }
  private let state: Mutex<State>

  init(_ steps: [Step], kind: LinkKind = .usb(.rx51)) {
    self.kind = kind
    state = Mutex(State(steps: steps))
  }

  /// What did not go by the script.
  var problems: [String] {
    state.withLock { state in
      state.problems + (state.steps.isEmpty ? [] : ["\(state.steps.count) steps left: \(state.steps[0])"])
    }
  }
  /// Claims, alternate settings, endpoints and closing, in order.
  var log: [String] { state.withLock { $0.log } }
  var rawBytes: [UInt8] { state.withLock { $0.rawBytes } }
  /// What a step `.cancellation` cancels.
  func onCancellation(_ cancel: @escaping @Sendable () -> Void) { state.withLock { $0.cancel = cancel } }

  private func next() -> Step? {
    let (step, cancel) = state.withLock { state -> (Step?, (@Sendable () -> Void)?) in
      guard !state.steps.isEmpty else { return (nil, nil) }
      let step = state.steps.removeFirst()
      return (step, step == .cancellation ? state.cancel : nil)
    }
    guard step == .cancellation else { return step }
    cancel?()
    return next()
  }

  private func problem(_ text: String) { state.withLock { $0.problems.append(text) } }
  private func note(_ text: String) { state.withLock { $0.log.append(text) } }

  func claim(interface: UInt8) async throws(LinkError) { note("claim \(interface)") }
  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    note("alternate \(alternate) of \(interface)")
  }
  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    throw .unsupported(feature: "control")
  }
  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) { note("clear halt \(endpoint)") }
  func close() async { note("close") }

  func send(_ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration)
    async throws(LinkError)
  {
    if Task.isCancelled { throw .cancelled }
    switch next() {
    case .host(let expected):
      if bytes != expected {
        problem("sent \(Hex.string(bytes, separator: " ")), expected \(Hex.string(expected, separator: " "))")
      }
      note("\(endpoint)\(terminated ? " terminated" : "")")
    case .fails(let error): throw error
    case .silence:
      manualClock.advance(by: timeout)
      throw .timedOut(after: timeout)
    case let step:
      problem("sent \(Hex.string(bytes, separator: " ")), script has \(step.map { "\($0)" } ?? "ended")")
      throw .disconnected
    }
  }

  func receive(atMost count: Int, from endpoint: EndpointAddress, timeout: Duration) async throws(LinkError)
    -> ReceivedTransfer
  {
    if Task.isCancelled { throw .cancelled }
    switch next() {
    case .device(let bytes): return ReceivedTransfer(bytes: bytes, end: .shortPacket)
    case .fails(let error): throw error
    case .silence:
      manualClock.advance(by: timeout)
      throw .timedOut(after: timeout)
    case let step:
      problem("reads, script has \(step.map { "\($0)" } ?? "ended")")
      throw .disconnected
    }
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    if Task.isCancelled { throw .link(.cancelled, accepted: 0) }
    switch next() {
    case .raw(let expected):
      if byteCount != expected { problem("sends \(byteCount) raw bytes, expected \(expected)") }
      var buffer = [UInt8](repeating: 0, count: Int(byteCount))
      let read = Result { try buffer.withUnsafeMutableBytes { try image.read(into: $0) } }
      guard case .success(Int(byteCount)) = read else {
        problem("image ended early")
        return
      }
      state.withLock { $0.rawBytes += buffer }
      note("raw \(endpoint)")
    case .rawFails(let error, let accepted): throw .link(error, accepted: accepted)
    case let step:
      problem("sends \(byteCount) raw bytes, script has \(step.map { "\($0)" } ?? "ended")")
      throw .link(.disconnected, accepted: 0)
    }
  }
}

extension [ScriptedLink.Step] {
  /// Reads a transcript: `>` from the host, `<` from the device, `=` a number of raw bytes, `#` a comment. A line
  /// that begins otherwise continues the one above.
  init(transcript: String) {
    self = []
    for line in transcript.split(separator: "\n") {
      let text = line.drop { $0 == " " }
      switch text.first {
      case "#", nil: continue
      case ">": append(.host(Hex.bytes(text.dropFirst()) ?? []))
      case "<": append(.device(Hex.bytes(text.dropFirst()) ?? []))
      case "=": append(.raw(UInt64(text.dropFirst().drop { $0 == " " }) ?? 0))
      default:
        let more = Hex.bytes(text) ?? []
        switch popLast() {
        case .host(let bytes): append(.host(bytes + more))
        case .device(let bytes): append(.device(bytes + more))
        default: continue
        }
      }
    }
  }
}
