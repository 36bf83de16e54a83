import FlashCore
import FlashImages
import WireFormat

/// Runs sessions with an agent over a channel, one at a time.
///
/// The rules are in the session values; this is where waiting happens. A command that has begun is brought to its end, or
/// aborted where the protocol allows that, even when the task that asked for it is cancelled: half a command would leave
/// the agent waiting, and there is no way to get in step with it again.
actor XFlashDriver {
  /// Another one after the device has changed its speed.
  private(set) var channel: MediaTekChannel
  nonisolated let connection: Connection
  nonisolated let policy: XFlashPolicy
  nonisolated let clock: any LinkClock
  nonisolated var observer: SessionObserver { connection.observer }

  /// What has been asked already.
  var lengths: XFlashPacketLengths?
  var storage: XFlashStorage?
  var map: StorageMap?
  var facts: XFlashFacts?
  /// Controls that the agent does not know.
  var missing: Set<XFlashControl> = []

  init(channel: MediaTekChannel, connection: Connection, policy: XFlashPolicy = XFlashPolicy()) {
    self.channel = channel
    self.connection = connection
    var policy = policy
    if let timeout = connection.timeout { policy.replaceLimits(with: timeout) }
    self.policy = policy
    clock = channel.clock
  }

  func adopt(_ channel: MediaTekChannel) { self.channel = channel }

  // MARK: Running sessions

  /// How a session ended.
  struct Outcome<Session: XFlashSession>: Sendable {
    var session: Session
    var error: XFlashError?
  }

  /// Runs a session without image data to its end.
  @discardableResult
  func run<Session: XFlashSession>(_ session: Session) async throws(XFlashError) -> Session {
    let outcome = try await finish(session)
    if let error = outcome.error { throw error }
    return outcome.session
  }

  /// The same, for those who want to know how far it got. Throws only where it has not begun.
  func finish<Session: XFlashSession>(
    _ session: Session, moving data: XFlashData = XFlashData(),
    watching watch: @escaping @Sendable (Session) -> Void = { _ in }
  ) async throws(XFlashError) -> Outcome<Session> {
    guard !Task.isCancelled else { throw .cancelled }
    let work = Task { await self.attempt(session, data, watch) }
    let grace = policy.grace
    return await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      data.wish.set()
      Task {
        try? await Task.sleep(for: grace)
        work.cancel()
      }
    }
  }

  private func attempt<Session: XFlashSession>(
    _ first: Session, _ data: XFlashData, _ watch: @Sendable (Session) -> Void
  ) async -> Outcome<Session> {
    var session = first
    var failure: XFlashError?
    do throws(XFlashError) {
      var action = session.start()
      while action != .finish {
        action = try await perform(action, of: &session, data)
        watch(session)
      }
    } catch {
      failure = error
    }
    await channel.endReading()
    return Outcome(session: session, error: failure)
  }

  private func perform<Session: XFlashSession>(
    _ action: XFlashAction, of session: inout Session, _ data: XFlashData
  ) async throws(XFlashError) -> XFlashAction {
    switch action {
    case .send(let payload):
      try await send(payload, during: session.name)
      return session.sent()
    case .receive(let limit):
      guard let header = try await header(limit: limit, during: session.name) else {
        return try session.silence(after: limit)
      }
      return try await receive(header, for: &session)
    case .receiveData(let limit):
      guard let header = try await header(limit: limit, during: session.name) else {
        return try session.silence(after: limit)
      }
      let byteCount = UInt64(header.payloadByteCount)
      guard try session.accepts(byteCount: byteCount) == .data, let output = data.output else {
        return try await receive(header, for: &session)
      }
      try await receive(
        byteCount, into: output, following: session.transfers(behind: byteCount), during: session.name)
      return session.received(byteCount: byteCount, isWanted: output.isWanted && !data.wish.isSet)
    case .sendChunk(let byteCount):
      return try await sendChunk(byteCount, of: &session, data)
    case .finish: return .finish
    }
  }

  // MARK: Receiving

  /// The header of the next frame of the flow; lines of log before it are shown. `nil` when nothing came within `limit`.
  private func header(limit: Duration, during name: String) async throws(XFlashError) -> XFlashHeader? {
    observer(.waiting(for: .reply(request: name)))
    for _ in 0..<policy.logLimit {
      guard let bytes = try await read(XFlashHeader.byteCount, limit: limit, during: name) else { return nil }
      let header: XFlashHeader
      do throws(WireError) { header = try XFlashHeader(parsing: bytes.rawSpan) } catch {
        throw .frame(error, during: name)
      }
      guard header.kind == .message else { return header }
      try await showLog(byteCount: UInt64(header.payloadByteCount), during: name)
    }
    throw .endlessLog(during: name, count: policy.logLimit)
  }

  private func showLog(byteCount: UInt64, during name: String) async throws(XFlashError) {
    guard byteCount > 0 else { return }
    let kept = Int(min(byteCount, policy.logLineByteCount))
    guard let bytes = try await read(kept, limit: policy.statusLimit, during: name) else {
      throw .silence(during: name, after: policy.statusLimit)
    }
    observer(.notice(code: "xflash.log", facts: ["text": XFlashLogLine(payload: bytes).line, "command": name]))
    let rest = byteCount - UInt64(kept)
    guard rest > 0 else { return }
    guard byteCount <= policy.answerByteCount else {
      throw .oversizedFrame(during: name, byteCount: byteCount, limit: policy.answerByteCount)
    }
    _ = try await read(Int(rest), limit: policy.statusLimit, during: name)
  }

  private func receive<Session: XFlashSession>(
    _ header: XFlashHeader, for session: inout Session
  ) async throws(XFlashError) -> XFlashAction {
    let byteCount = UInt64(header.payloadByteCount)
    guard byteCount <= policy.answerByteCount else {
      throw .oversizedFrame(during: session.name, byteCount: byteCount, limit: policy.answerByteCount)
    }
    guard let payload = try await read(Int(byteCount), limit: policy.dataLimit, during: session.name) else {
      throw .silence(during: session.name, after: policy.dataLimit)
    }
    trace(payload, during: session.name, fromDevice: true)
    return try session.receive(payload)
  }

  private func receive(
    _ byteCount: UInt64, into output: XFlashOutput, following: [UInt64], during name: String
  ) async throws(XFlashError) {
    trace([], during: name, fromDevice: true, omitted: byteCount)
    do throws(StreamError) {
      try await channel.read(
        byteCount, transferByteCount: policy.receiveTransferByteCount, idleLimit: policy.dataLimit, into: output,
        following: following)
    } catch {
      switch error {
      case .link(let error, _): throw XFlashError(error, during: name)
      case .image(let error): throw .output(error)
      }
    }
  }

  func read(_ count: Int, limit: Duration, during name: String) async throws(XFlashError) -> [UInt8]? {
    do throws(LinkError) { return try await channel.read(count, limit: limit) } catch {
      throw XFlashError(error, during: name)
    }
  }

  // MARK: Sending

  /// Bytes of a payload that is on its way together with its header: commands, parameters, acknowledgements.
  private static let smallPayloadByteCount = 4096

  /// A frame: its header is a transfer of its own. Merged ones some agents do not understand (2.2).
  private func send(_ payload: [UInt8], during name: String) async throws(XFlashError) {
    trace(payload, during: name, fromDevice: false)
    let header = XFlashHeader(payloadByteCount: UInt32(clamping: payload.count)).bytes
    do throws(LinkError) {
      guard payload.count > Self.smallPayloadByteCount else {
        return try await channel.write(each: [header, payload], limit: policy.statusLimit)
      }
      try await channel.write(header, limit: policy.statusLimit)
      var position = 0
      while position < payload.count {
        let end = min(position + policy.sendTransferByteCount, payload.count)
        let isWhole = position == 0 && end == payload.count
        try await channel.write(isWhole ? payload : Array(payload[position..<end]), limit: policy.dataIdleLimit)
        position = end
      }
    } catch {
      throw XFlashError(error, during: name)
    }
  }

  /// Nothing of a chunk goes out before all of it is there, so that the agent is never left in the middle of one.
  private func sendChunk<Session: XFlashSession>(
    _ byteCount: Int, of session: inout Session, _ data: XFlashData
  ) async throws(XFlashError) -> XFlashAction {
    guard let chunks = data.chunks, !data.wish.isSet else { return session.abort() }
    do throws(ImageError) { try chunks.prepare() } catch {
      data.keep(.file(error))
      return session.abort()
    }
    guard let chunk = chunks.take(), chunk.byteCount == byteCount else { return session.abort() }
    observer(.waiting(for: .rawData(image: session.name)))
    // The next chunk is read meanwhile. What goes wrong with it is noticed when it is due.
    let preparation = Task.detached { try? chunks.prepare() }
    let failure = await send(chunk, during: session.name)
    await preparation.value
    if let failure { throw failure }
    return session.sent()
  }

  /// A chunk behind what announces it, all on its way together; and before that the requests for the device's status.
  private func send(_ chunk: XFlashChunk, during name: String) async -> XFlashError? {
    do throws(StreamError) {
      try await channel.write(
        ImageStream(continuing: chunk), byteCount: UInt64(chunk.byteCount),
        transferByteCount: policy.sendTransferByteCount, idleLimit: policy.dataIdleLimit,
        behind: announcement(of: chunk, during: name), following: [UInt64(XFlashHeader.byteCount), 4])
      return nil
    } catch {
      switch error {
      case .link(let error, _): return XFlashError(error, during: name)
      case .image(let error): return .file(error)
      }
    }
  }

  /// The host's status and the checksum of a chunk, and the header of its frame: five transfers.
  private func announcement(of chunk: XFlashChunk, during name: String) -> [[UInt8]] {
    let words: [[UInt8]] = [.word(0), .word(chunk.checksum)]
    var transfers: [[UInt8]] = []
    for word in words {
      trace(word, during: name, fromDevice: false)
      transfers += [XFlashHeader(payloadByteCount: UInt32(word.count)).bytes, word]
    }
    trace([], during: name, fromDevice: false, omitted: UInt64(chunk.byteCount))
    transfers.append(XFlashHeader(payloadByteCount: UInt32(clamping: chunk.byteCount)).bytes)
    return transfers
  }

  // MARK: Telling

  nonisolated func notice(_ code: String, _ facts: [String: String] = [:]) {
    observer(.notice(code: code, facts: facts))
  }

  nonisolated func trace(_ bytes: [UInt8], during name: String, fromDevice: Bool, omitted: UInt64 = 0) {
    let shown = Array(bytes.prefix(256))
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: fromDevice, label: name, bytes: shown,
          omitted: omitted + UInt64(bytes.count - shown.count))))
  }

  /// Reads away what may follow an abort, also when the task is cancelled.
  func settle() async {
    let (channel, policy) = (channel, policy)
    await Task {
      _ = try? await channel.drain(quiet: policy.quietLimit, byteLimit: Int(policy.answerByteCount))
    }.value
  }

  /// Gives the device back, whether or not the task has been cancelled. The agent goes on running.
  func close() async {
    let link = channel.link
    await Task { await link.close() }.value
  }
}
