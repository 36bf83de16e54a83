import FlashCore

/// One command to an XML agent with everything that the agent asks for in its course, without I/O.
///
/// Begins where the agent waits for a command, and ends when it does again. What goes wrong on this side (a file that the
/// device has no business with, an error of a file, a signal) is said to the device where the protocol has a place for it, and
/// then the command is brought to its end: `failure` tells afterwards. Errors are thrown where host and device are out of
/// step. Source: `docs/protocols/mtk-xml.md` 4 and 5.
public struct XMLCommandSession: Sendable {
  /// What follows the end of the command.
  public enum Ending: Equatable, Sendable {
    /// A START, which may have been lost.
    case start
    /// A START of the next stage, without which there is none.
    case nextStage
    /// The device may leave, at any time.
    case leaving
  }

  enum State: Equatable {
    /// The document has been sent.
    case answering
    /// The next request, or the end.
    case body
    case uploadSize(XMLAgentRequest.Transfer)
    case uploadReady
    case uploadData
    case downloadOpen
    case downloadReady
    case downloadAcknowledging
    case progress(String)
    /// The device has been told that we give up.
    case refusing
    /// The end has been acknowledged.
    case ended
    case finished
  }

  /// A file on its way, in either direction.
  struct Transfer: Equatable {
    var name: String
    /// Its place among the outgoing files, or the received ones.
    var place: Int
    var byteCount: UInt64
    var done: UInt64 = 0
    var packetByteCount: UInt64

    var left: UInt64 { byteCount - done }
    var chunkByteCount: UInt64 { min(packetByteCount, left) }
  }

  public let command: XMLAgentCommand
  public internal(set) var files: XMLAgentFiles
  let policy: XMLAgentPolicy
  let ending: Ending
  var state = State.answering
  var transfer: Transfer?
  /// Why the command has not succeeded.
  public internal(set) var failure: XMLAgentError?
  /// Whether no START came at the end; one that comes later is read over.
  public private(set) var isStartMissing = false
  /// Whether the device left, as it may have been told to.
  public private(set) var hasLeft = false
  var isCancelled = false
  /// Bytes that the device has handed over.
  public internal(set) var receivedByteCount: UInt64 = 0
  /// What a refusal said before the end.
  var pendingRefusal: String?
  /// Frames since data moved last.
  var frameCount = 0
  private var events: [XMLAgentEvent] = []

  public init(
    _ command: XMLAgentCommand, files: XMLAgentFiles = XMLAgentFiles(), ending: Ending = .start,
    policy: XMLAgentPolicy = XMLAgentPolicy()
  ) {
    self.command = command
    self.files = files
    self.ending = ending
    self.policy = policy
  }

  public mutating func start() -> XMLAgentAction {
    .exchange([command.payload], limit: max(policy.answerLimit, command.isPatient ? policy.workLimit : .zero))
  }

  public mutating func takeEvents() -> [XMLAgentEvent] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  mutating func note(_ event: XMLAgentEvent) { events.append(event) }

  /// Gives up at the next point where the protocol has a place for it.
  public mutating func cancel() { isCancelled = true }

  /// The same because of something that went wrong with a file.
  public mutating func fail(_ error: XMLAgentError) { if failure == nil { failure = error } }

  /// How long the device may be silent between two steps.
  var workLimit: Duration { command.isPatient ? policy.patientLimit : policy.workLimit }

  func wait(_ payloads: [XMLAgentToken] = [], limit: Duration? = nil) -> XMLAgentAction {
    .exchange(payloads.map(\.payload), limit: limit ?? workLimit)
  }

  func violation(_ violation: XMLAgentViolation) -> XMLAgentError { .violation(violation, during: command.name) }

  // MARK: Input

  /// A frame of the device that is no data.
  public mutating func receive(_ payload: [UInt8]) throws(XMLAgentError) -> XMLAgentAction {
    frameCount += 1
    guard frameCount <= policy.frameCount else { throw violation(.endless(count: frameCount)) }
    switch XMLAgentMessage(parsing: payload) {
    case .request(.start): return started()
    case .request(.end(let result, let message)): return try ended(result, message)
    case .request(let request): return try take(request)
    case .token(let token): return try take(token)
    case .other: throw violation(.unexpected(expected: expectation, found: Self.beginning(payload)))
    }
  }

  /// Nothing came.
  public mutating func silence(after limit: Duration) throws(XMLAgentError) -> XMLAgentAction {
    switch state {
    case .ended where ending != .nextStage:
      isStartMissing = true
      return finish()
    case .ended: throw failure ?? .notStarted(stage: 2, after: limit)
    case .refusing: throw failure ?? refusal("") ?? silent(after: limit)
    default: throw silent(after: limit)
    }
  }

  /// The device has left the bus. Throws where that is not what was asked of it.
  public mutating func disconnected() throws(XMLAgentError) {
    guard ending == .leaving || (state == .ended && ending == .start) else {
      throw failure ?? .transfer(.disconnected, during: command.name)
    }
    hasLeft = true
    state = .finished
  }

  // MARK: Beginning and end

  private mutating func started() -> XMLAgentAction {
    switch state {
    case .answering:
      // It came late: the document has been sent, and is the answer to it as well.
      return wait(limit: policy.answerLimit)
    case .ended:
      // One that leaves does not wait for an answer, and may be gone.
      return finish(ending == .leaving && failure == nil ? [] : [.ok(nil)])
    default:
      fail(violation(.startedAnew))
      return finish([.ok(nil)])
    }
  }

  private mutating func finish(_ tokens: [XMLAgentToken] = []) -> XMLAgentAction {
    state = .finished
    return .finish(tokens.map(\.payload))
  }

  private mutating func ended(_ result: String, _ message: String) throws(XMLAgentError) -> XMLAgentAction {
    guard state != .ended else { throw violation(.unexpected(expected: expectation, found: "CMD:END")) }
    if !result.hasPrefix("OK") {
      let words = XMLAgentRefusal(result: result, message: message)
      fail(
        words.text.isEmpty
          ? refusal("") ?? .refused(words, during: command.name) : .refused(words, during: command.name))
    } else if let refusal = refusal(message) {
      fail(refusal)
    } else {
      checkCompleteness()
    }
    state = .ended
    transfer = nil
    let limit: Duration =
      switch ending {
      case .start: policy.nextStartLimit
      case .nextStage: failure == nil ? policy.startLimit : policy.nextStartLimit
      case .leaving: policy.leaveLimit
      }
    return wait([.ok(nil)], limit: limit)
  }

  /// An end that claims success in the middle of a transfer, or without one, is none.
  private mutating func checkCompleteness() {
    if let transfer {
      return fail(violation(.endedEarly(transferred: transfer.done, expected: transfer.byteCount)))
    }
    if state == .refusing { return }
    if let missing = files.missing {
      return fail(violation(.endedEarly(transferred: 0, expected: missing.byteCount)))
    }
    if case .one(_, let expected, true) = files.incoming, files.received.isEmpty {
      fail(violation(.endedEarly(transferred: 0, expected: expected)))
    }
  }

  /// What the device refused before the end, if it did.
  private func refusal(_ message: String) -> XMLAgentError? {
    pendingRefusal.map {
      .refused(XMLAgentRefusal(result: "ERR!" + $0, message: message), during: command.name)
    }
  }

  // MARK: Words

  private func silent(after limit: Duration) -> XMLAgentError {
    .silence(during: command.name, waitingFor: expectation, after: limit)
  }

  /// What would be next, for messages.
  private var expectation: String {
    switch state {
    case .answering: "OK"
    case .body, .refusing: "CMD:END"
    case .uploadSize: "OK@size"
    case .uploadReady, .downloadOpen, .downloadReady, .downloadAcknowledging: "OK"
    case .uploadData: "data"
    case .progress: "OK!PROGRESS"
    case .ended, .finished: "CMD:START"
    }
  }

  func unexpected(_ found: String) -> XMLAgentError { violation(.unexpected(expected: expectation, found: found)) }

  static func beginning(_ payload: [UInt8]) -> String {
    String(decoding: payload.prefix(32).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
  }
}
