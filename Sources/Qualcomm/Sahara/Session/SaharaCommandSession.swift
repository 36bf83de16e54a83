/// Asks a device questions in command mode, without any I/O.
///
/// The order is `docs/protocols/sahara.md` 4.3: what is refused may leave the device in its error state, so after a
/// refusal the state machine is reset, and where that brings no HELLO the questions end. Command mode is left by
/// SWITCH_MODE(0), never by RESET, which leaves some devices deaf.
public struct SaharaCommandSession: Sendable {
  private enum State: Equatable {
    /// HELLO_RSP(3) has been sent.
    case entering
    /// CMD_EXEC has been sent.
    case executing(SaharaClientCommand)
    /// CMD_EXEC_DATA has been sent.
    case receiving(SaharaClientCommand, SaharaDataReceiver)
    /// RESET_STATE_MACHINE has been sent after a refusal.
    case recovering
    /// SWITCH_MODE has been sent after RESET_STATE_MACHINE brought nothing.
    case leaving
    case finished
  }

  private let policy: SaharaPolicy
  private var state: State = .finished
  private var questions: [SaharaClientCommand]
  private var version: UInt32 = 2
  private var answer: [UInt8] = []

  public private(set) var answers = SaharaAnswers()

  /// `questions` in the order in which they are asked.
  public init(_ questions: [SaharaClientCommand], policy: SaharaPolicy = SaharaPolicy()) {
    self.questions = questions
    self.policy = policy
  }

  /// What to ask a device of a version. Source: `docs/protocols/sahara.md` 4.3.
  public static func questions(version: UInt32, more: [SaharaClientCommand] = []) -> [SaharaClientCommand] {
    [.serialNumber, version < 3 ? .hardwareID : .chipID, .keyHash] + more
  }

  public mutating func start(_ hello: SaharaHello) -> SaharaAction {
    state = .entering
    version = min(max(hello.version, hello.minimumVersion), SaharaFound.highestVersion)
    return .send(.helloResponse(SaharaHelloResponse(version: version, mode: .command)), limit: policy.packetLimit)
  }

  /// The device is in command mode already: its HELLO had been read by somebody else.
  public mutating func startReady() -> SaharaAction { ask() }

  private mutating func ask() -> SaharaAction {
    guard let question = questions.first else {
      state = .finished
      answers.isHelloDue = true
      return .finish(SaharaPacket.switchMode(.imageTransferPending).bytes)
    }
    questions.removeFirst()
    state = .executing(question)
    return .send(.execute(question), limit: policy.packetLimit)
  }

  public mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    if case .receiving(let question, let data) = state { return try receive(transfer, of: question, data) }
    let name = stepName
    guard !transfer.isEmpty else { return .exchange(nil, name: name, limit: policy.packetLimit) }
    let packet = try SaharaTransfer.packet(transfer, during: name)
    switch (state, packet) {
    case (.entering, .commandReady): return ask()
    case (.entering, .endOfImage(let end)):
      answers.modeRefusal = end.status
      questions = []
      return recover()
    case (.executing(let question), .executeResponse(let answered, let byteCount)):
      guard answered == question else {
        throw .violation(.otherCommand(asked: question, answered: answered), during: name)
      }
      return try fetch(question, byteCount: byteCount)
    case (.executing(let question), .endOfImage(let end)):
      answers.refusals.append(.init(question: question, status: end.status))
      return recover()
    case (.recovering, .hello(let hello)), (.leaving, .hello(let hello)): return resume(hello)
    case (.recovering, .endOfImage), (.leaving, .endOfImage): return giveUp()
    case (.finished, _): return .finish(nil)
    case (.entering, _), (.executing, _), (.recovering, _), (.leaving, _), (.receiving, _):
      throw .violation(.unexpected(packet.command), during: name)
    }
  }

  /// Nothing came within the limit.
  public mutating func silence() throws(SaharaError) -> SaharaAction {
    switch state {
    case .recovering:
      state = .leaving
      return .send(.switchMode(.imageTransferPending), limit: policy.probeLimit)
    case .leaving: return giveUp()
    // An empty answer has come as nothing at all.
    case .receiving(_, let data) where data.isComplete: return ask()
    case .entering, .executing, .receiving: throw .silence(during: stepName, after: policy.packetLimit)
    case .finished: return .finish(nil)
    }
  }

  private mutating func fetch(_ question: SaharaClientCommand, byteCount: UInt32) throws(SaharaError) -> SaharaAction {
    guard UInt64(byteCount) <= UInt64(policy.answerByteCount) else {
      throw .violation(
        .oversizedAnswer(byteCount: UInt64(byteCount), limit: UInt64(policy.answerByteCount)),
        during: SaharaCommand.execute.name)
    }
    answer = []
    state = .receiving(question, SaharaDataReceiver(expected: UInt64(byteCount)))
    if byteCount == 0 { answers.data[question] = [] }
    // An empty answer is asked for all the same, so that the device leaves the command; there is nothing to wait for.
    return .send(.executeData(question), limit: byteCount == 0 ? Self.emptyAnswerLimit : policy.packetLimit)
  }

  private static let emptyAnswerLimit: Duration = .milliseconds(100)

  private mutating func receive(
    _ transfer: [UInt8], of question: SaharaClientCommand, _ data: SaharaDataReceiver
  ) throws(SaharaError) -> SaharaAction {
    var data = data
    do throws(SaharaDataReceiver.Failure) { try data.receive(transfer) } catch {
      switch error {
      case .refused(let status):
        answers.refusals.append(.init(question: question, status: status))
        return recover()
      case .excess(let received):
        throw .violation(.excessData(received: received, expected: data.expected), during: stepName)
      }
    }
    answer += transfer
    state = .receiving(question, data)
    guard data.isComplete else { return .exchange(nil, name: stepName, limit: policy.packetLimit) }
    answers.data[question] = answer
    return ask()
  }

  private mutating func recover() -> SaharaAction {
    state = .recovering
    return .send(.resetStateMachine, limit: policy.probeLimit)
  }

  /// The device starts over: the questions that are left are asked in a new visit to command mode.
  private mutating func resume(_ hello: SaharaHello) -> SaharaAction {
    guard !questions.isEmpty else {
      answers.hello = hello
      state = .finished
      return .finish(nil)
    }
    return start(hello)
  }

  /// The device has told what it has told, and will not speak again before it is reset.
  private mutating func giveUp() -> SaharaAction {
    state = .finished
    answers.isStuck = true
    return .finish(nil)
  }

  private var stepName: String {
    switch state {
    case .entering: SaharaCommand.helloResponse.name
    case .executing: SaharaCommand.execute.name
    case .receiving: SaharaCommand.executeData.name
    case .recovering: SaharaCommand.resetStateMachine.name
    case .leaving, .finished: SaharaCommand.switchMode.name
    }
  }
}
