import FlashCore
import WireFormat

/// Makes the requests of a Mk II session over a channel, one at a time.
///
/// The rules are in the session values; this is where waiting happens.
actor MkIIDriver {
  let channel: MkIIChannel
  let policy: MkIIPolicy
  let observer: SessionObserver
  private var inbox: MkIIInbox
  private var nextTransactionID: UInt8 = 0
  /// Whether the request of the exchange in progress, or of the last one, has gone out completely.
  private(set) var isRequestWritten = false
  var memory = MkIIConnectionMemory()

  nonisolated var clock: any LinkClock { channel.link.clock }

  init(channel: MkIIChannel, policy: MkIIPolicy, observer: @escaping SessionObserver) {
    self.channel = channel
    self.policy = policy
    self.observer = observer
    inbox = MkIIInbox(isStream: channel.isStream)
  }

  /// Makes one request and waits for its reply; `limit` holds for writing, and again for reading.
  func exchange(_ request: MkIIRequest, limit: Duration? = nil) async throws(MkIIError) -> MkIIReply {
    let name = request.type.name
    let limit = limit ?? policy.messageLimit
    var exchange = MkIIExchange(request, transactionID: nextTransactionID, policy: policy)
    nextTransactionID &+= 1
    inbox.beginExchange()
    let bytes = exchange.requestBytes
    isRequestWritten = false
    observer(.waiting(for: .reply(request: name)))
    trace(bytes, fromDevice: false, label: name)
    do throws(LinkError) { try await channel.send(bytes, limit: limit) } catch {
      throw Self.failure(error, during: name)
    }
    isRequestWritten = true
    let deadline = clock.now + limit
    while true {
      let datagram = try await receiveDatagram(before: deadline, limit: limit, request: name)
      trace(datagram, fromDevice: true, label: MkIITraceLabel.label(ofReply: datagram))
      if case .reply(let reply) = try exchange.receive(datagram.rawSpan) { return reply }
    }
  }

  private func receiveDatagram(
    before deadline: Duration, limit: Duration, request: String
  ) async throws(MkIIError) -> [UInt8] {
    var emptyTransfers = 0
    while true {
      if let datagram = inbox.next() { return datagram }
      let left = deadline - clock.now
      guard left > .zero else { throw silence(after: limit, request: request) }
      let piece: [UInt8]
      do throws(LinkError) { piece = try await channel.receive(limit: left) } catch {
        if case .timedOut = error { throw silence(after: limit, request: request) }
        throw Self.failure(error, during: request)
      }
      inbox.append(piece)
      emptyTransfers += piece.isEmpty ? 1 : 0
      guard emptyTransfers <= policy.otherDatagrams else {
        throw .violation(.otherTraffic(count: emptyTransfers), request: request)
      }
    }
  }

  /// The end of a wait for a reply: nothing came, or half a message. On a stream the rest may still be on its way, and
  /// what there is stays in the inbox for the next attempt.
  private func silence(after limit: Duration, request: String) -> MkIIError {
    guard inbox.pendingByteCount > 0, !channel.isStream else { return .noReply(request: request, after: limit) }
    let expected = inbox.expectedByteCount ?? MkIIMessage.headerByteCount
    return .violation(.truncated(received: inbox.pendingByteCount, expected: expected), request: request)
  }

  static func failure(_ error: LinkError, during name: String) -> MkIIError {
    switch error {
    case .cancelled: .cancelled
    case .timedOut(let after): .noReply(request: name, after: after)
    default: .transfer(error, during: name)
    }
  }

  func trace(_ bytes: [UInt8], fromDevice: Bool, label: String, omitted: UInt64 = 0) {
    observer(.trace(SessionEvent.Trace(isFromDevice: fromDevice, label: label, bytes: bytes, omitted: omitted)))
  }

  /// Waits until the clock shows `moment`.
  func pause(until moment: Duration) async throws(MkIIError) {
    let left = moment - clock.now
    guard left > .zero else { return }
    do throws(CancellationError) { try await clock.sleep(for: left) } catch { throw .cancelled }
  }

  /// Runs the start of the session to its answers.
  func begin() async throws(MkIIError) -> MkIIAnswers {
    var start = MkIISessionStart(policy: policy)
    var action = start.start(now: clock.now)
    while true {
      switch action {
      case .request(let request, let limit):
        let outcome = await attempt(request, limit: limit)
        switch outcome {
        case .success(let reply): action = try start.receive(reply)
        case .failure(let error): action = try start.fail(error, now: clock.now)
        }
      case .pause(let moment):
        try await pause(until: moment)
        action = start.resume(now: clock.now)
      case .finish(let answers):
        for (item, code) in start.refusedItems {
          observer(.notice(code: "mkii.item-refused", facts: ["item": item.rawValue, "code": "\(code.rawValue)"]))
        }
        return answers
      }
    }
  }

  /// `exchange`, with its outcome as a value.
  func attempt(_ request: MkIIRequest, limit: Duration? = nil) async -> Result<MkIIReply, MkIIError> {
    do throws(MkIIError) { return .success(try await exchange(request, limit: limit)) } catch { return .failure(error) }
  }

  /// Gives the device back, whether or not the task has been cancelled.
  func close() async {
    await Task { [channel] in await channel.close() }.value
  }
}
