import FlashCore
import FlashImages

/// From JUMP_DA to a second stage that waits for commands. Source: `docs/protocols/mtk-xml.md` 6.
extension XMLAgentDriver {
  /// Brings up both stages of an agent that has just been started.
  func start(_ handover: AgentHandover) async throws(XMLAgentError) {
    try await awaitStart(stage: 1)
    // Agents have defaults for what they are told here.
    try await performIfKnown(.setRuntimeParameter(logLevel: policy.logLevel, logChannel: policy.logChannel))
    try await announceHost()
    try await performIfKnown(.setHostInfo(policy.hostInfo))
    try await initialise(step: "memory")
    // Newer agents want the signature in their first stage already.
    try await authenticate(isFirstStage: true)
    try await startSecondStage(handover)
    try await announceHost()
    try await initialise(step: "storage")
    try await authenticate(isFirstStage: false)
  }

  /// Gets in step with an agent that runs already, whoever started it.
  func attach() async throws(XMLAgentError) {
    let session = try await synchronise()
    if session.wasInterrupted { notice("xml.interrupted") }
    do throws(XMLAgentError) {
      hardware = try await readHardware()
    } catch {
      switch error {
      case .unsupported: throw .firstStageRunning
      // It was thought to wait for a command, and waits for the rest of something else.
      case .silence where session.isAssumed: throw .outOfStep
      default: throw error
      }
    }
    try await authenticate(isFirstStage: false, isAttached: true)
  }

  /// The first thing that a stage says.
  private func awaitStart(stage: Int) async throws(XMLAgentError) {
    observer(.waiting(for: .reply(request: "CMD:START")))
    guard let frame = try await header(policy.startLimit, XMLAgentCancellation(), during: "start") else {
      throw .notStarted(stage: stage, after: policy.startLimit)
    }
    let payload = try await payload(of: frame, during: "start")
    guard XMLAgentMessage(parsing: payload) == .request(.start) else {
      throw .violation(
        .unexpected(expected: "CMD:START", found: XMLCommandSession.beginning(payload)), during: "start")
    }
    try await send(XMLAgentToken.ok(nil).payload, during: "start")
  }

  /// Some agents do not know this one, and none needs it.
  private func announceHost() async throws(XMLAgentError) {
    do throws(XMLAgentError) { try await perform(.hostSupportedCommands) } catch {
      switch error {
      case .unsupported, .refused: notice("xml.host-commands-refused")
      default: throw error
      }
    }
  }

  private func performIfKnown(_ command: XMLAgentCommand) async throws(XMLAgentError) {
    do throws(XMLAgentError) { try await perform(command) } catch {
      guard error.isMissingCommand else { throw error }
    }
  }

  private func initialise(step: String) async throws(XMLAgentError) {
    observer(.waiting(for: .settling(image: "agent", state: step, percent: nil)))
    try await run(XMLCommandSession(.notifyInitHardware, policy: policy))
  }

  private func startSecondStage(_ handover: AgentHandover) async throws(XMLAgentError) {
    let stage: (bytes: [UInt8], loadAddress: UInt32)?
    do throws(ImageError) { stage = try handover.secondStageContent() } catch { throw .file(error) }
    guard let stage, !stage.bytes.isEmpty else {
      throw .noSecondStage(path: handover.archive.path, entry: handover.entry.index)
    }
    let command = XMLAgentCommand.bootTo(stage.loadAddress, byteCount: UInt64(stage.bytes.count))
    try await run(
      XMLCommandSession(
        command, files: .sending(command.sourceFile ?? "", byteCount: UInt64(stage.bytes.count)), ending: .nextStage,
        policy: policy),
      XMLAgentContent([.bytes(stage.bytes)]))
  }

  // MARK: Commands

  /// A command without files.
  func perform(
    _ command: XMLAgentCommand, report: @escaping @Sendable (XMLAgentEvent) -> Void = { _ in }
  ) async throws(XMLAgentError) {
    try await run(XMLCommandSession(command, policy: policy), report: report)
  }

  /// A command with one small file for the device.
  func perform(_ command: XMLAgentCommand, sending bytes: [UInt8]) async throws(XMLAgentError) {
    let name = command.sourceFile ?? ""
    guard !bytes.isEmpty else { throw .emptyFile(name) }
    try await run(
      XMLCommandSession(command, files: .sending(name, byteCount: UInt64(bytes.count)), policy: policy),
      XMLAgentContent([.bytes(bytes)]))
  }

  /// A command that brings a document; `nil` where it ends well without one.
  func document(
    _ command: XMLAgentCommand, isRequired: Bool = true
  ) async throws(XMLAgentError) -> [UInt8]? {
    let memory = XMLAgentMemory()
    let session = try await run(
      XMLCommandSession(
        command, files: .receiving(atMost: policy.documentByteCount, isRequired: isRequired), policy: policy),
      XMLAgentContent(incoming: memory))
    return session.files.received.isEmpty ? nil : memory.bytes
  }
}
