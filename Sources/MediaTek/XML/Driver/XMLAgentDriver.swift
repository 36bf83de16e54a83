import FlashCore
import FlashImages
import WireFormat

/// Runs commands of an XML agent over a channel, one at a time.
///
/// The rules are in the session values; this is where waiting happens. A command is brought to its end even when the task
/// that waits for it is cancelled, by the shortest way that the protocol has: an agent whose END nobody acknowledges hangs.
actor XMLAgentDriver {
  private(set) var channel: MediaTekChannel
  nonisolated let connection: Connection
  nonisolated let policy: XMLAgentPolicy
  nonisolated let clock: any LinkClock
  nonisolated var observer: SessionObserver { connection.observer }

  /// What was asked already.
  var hardware: XMLAgentHardware?
  var agentFacts: [DeviceIdentity.Fact]?
  /// Whether the agent wants a signature before it touches the storage.
  var lock = XMLAgentLock.unknown

  init(channel: MediaTekChannel, connection: Connection, policy: XMLAgentPolicy) {
    self.channel = channel
    self.connection = connection
    self.policy = policy
    clock = channel.clock
  }

  func replace(channel: MediaTekChannel) { self.channel = channel }

  /// Runs one command. Throws what it failed with, host and device being in step all the same where that could be.
  @discardableResult
  func run(
    _ session: XMLCommandSession, _ content: XMLAgentContent = XMLAgentContent(),
    report: @escaping @Sendable (XMLAgentEvent) -> Void = { _ in }
  ) async throws(XMLAgentError) -> XMLCommandSession {
    guard !Task.isCancelled else { throw .cancelled }
    observer(.waiting(for: .reply(request: session.command.name)))
    let cancellation = XMLAgentCancellation()
    let task = Task {
      let result = await self.attempt(session, content, cancellation, report)
      await self.channel.endReading()
      return result
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      cancellation.set()
    }
    let finished = try result.get()
    if let failure = finished.failure { throw failure }
    return finished
  }

  private func attempt(
    _ first: XMLCommandSession, _ content: XMLAgentContent, _ cancellation: XMLAgentCancellation,
    _ report: @Sendable (XMLAgentEvent) -> Void
  ) async -> Result<XMLCommandSession, XMLAgentError> {
    var exchange = XMLAgentExchange(session: first, content: content, cancellation: cancellation)
    do throws(XMLAgentError) {
      var action = exchange.session.start()
      while true {
        for event in exchange.session.takeEvents() { tell(event, report) }
        if cancellation.isSet { exchange.session.cancel() }
        switch action {
        case .exchange(let payloads, let limit):
          for payload in payloads { try await send(payload, during: exchange.name) }
          action = try await next(limit, of: &exchange)
        case .sendData(let origin, let offset, let byteCount):
          try await sendData(origin, offset: offset, byteCount: byteCount, of: &exchange)
          action = exchange.session.dataSent()
        case .finish(let payloads):
          for payload in payloads { try await send(payload, during: exchange.name) }
          return .success(exchange.session)
        }
      }
    } catch {
      return leave(exchange.session, error)
    }
  }

  /// A device that has left may have been told to.
  private func leave(
    _ session: XMLCommandSession, _ error: XMLAgentError
  ) -> Result<XMLCommandSession, XMLAgentError> {
    guard case .transfer(.disconnected, _) = error else { return .failure(error) }
    var session = session
    do throws(XMLAgentError) {
      try session.disconnected()
      return .success(session)
    } catch { return .failure(error) }
  }

  private func tell(_ event: XMLAgentEvent, _ report: @Sendable (XMLAgentEvent) -> Void) {
    if case .unknownChecksum(let name) = event { notice("xml.unknown-checksum", ["checksum": name]) }
    report(event)
  }

  /// Gets in step with an agent that runs already. Returns whether it said where it is.
  func synchronise() async throws(XMLAgentError) -> XMLAttachSession {
    var session = XMLAttachSession(policy: policy)
    var action = session.start()
    let cancellation = XMLAgentCancellation()
    while true {
      switch action {
      case .exchange(let payloads, let limit):
        for payload in payloads { try await send(payload, during: "attach") }
        if let frame = try await header(limit, cancellation, during: "attach") {
          action = try session.receive(try await payload(of: frame, during: "attach"))
        } else {
          action = try session.silence()
        }
      case .finish(let payloads):
        for payload in payloads { try await send(payload, during: "attach") }
        return session
      case .sendData: throw .outOfStep
      }
    }
  }

  // MARK: Telling

  nonisolated func notice(_ code: String, _ facts: [String: String] = [:]) {
    observer(.notice(code: code, facts: facts))
  }

  nonisolated func trace(_ bytes: [UInt8], label: String, omitted: UInt64 = 0, fromDevice: Bool) {
    let shown = Array(bytes.prefix(512))
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: fromDevice, label: label, bytes: shown, omitted: omitted + UInt64(bytes.count - shown.count))))
  }

  /// Gives the device back, whether or not the task has been cancelled.
  func close() async {
    await Task { [link = channel.link] in await link.close() }.value
  }
}

/// A command that is under way, with the bytes of its files.
struct XMLAgentExchange {
  var session: XMLCommandSession
  let content: XMLAgentContent
  let cancellation: XMLAgentCancellation
  /// The pass over the file that is being sent.
  var reader: XMLAgentDataReader?
  var stream: ImageStream?
  var sent: Set<Int> = []
  var sink: XMLAgentSink?
  var sinkPlace: Int?

  var name: String { session.command.name }
}

/// Whether an agent takes commands about the storage.
enum XMLAgentLock: Equatable, Sendable {
  case unknown
  case open
  /// It wants a signature that nobody has made.
  case locked
}
