import FlashCore
import FlashImages
import WireFormat

/// Runs sessions with a boot ROM or preloader over a channel, one at a time.
///
/// The rules are in the session values; this is where waiting happens. A command is brought to its end even when the task
/// that waits for it is cancelled: half a command would leave the device waiting for the rest for ever.
actor BootROMDriver {
  let channel: MediaTekChannel
  let policy: BootROMPolicy
  nonisolated let connection: Connection
  nonisolated var observer: SessionObserver { connection.observer }
  nonisolated var clock: any LinkClock { channel.clock }

  /// Who answered the handshake; `nil` before it.
  private(set) var actor: BootROMActor?
  /// What was asked already.
  var identity: BootROMIdentity?
  /// Whether the watchdog has been dealt with, and the link authenticated.
  var hasStoppedWatchdog = false
  var hasAuthenticated = false

  init(channel: MediaTekChannel, connection: Connection, policy: BootROMPolicy) {
    self.channel = channel
    self.connection = connection
    self.policy = policy
  }

  /// Gets in step with the device. Throws `agentRunning` where an agent runs; the channel begins with what it said then.
  func synchronise() async throws(BootROMError) -> BootROMActor {
    if let actor { return actor }
    let start = clock.now
    let session: BootROMHandshake
    do throws(BootROMError) { session = try await run(BootROMHandshake(policy: policy)) } catch {
      switch error {
      case .transfer(.disconnected, _):
        throw .leftDuringHandshake(after: clock.now - start, isBootROM: isBootROMByIdentity)
      case .agentRunning(let beginning): await channel.unread(beginning)
      default: break
      }
      throw error
    }
    guard let actor = session.actor else { throw .notResponding(attempts: 0) }
    self.actor = actor
    return actor
  }

  /// Whether the device's ids are those of a boot ROM, which has no window.
  private var isBootROMByIdentity: Bool {
    guard case .usb(let device) = channel.link.kind else { return false }
    return (device.vendorID, device.productID) == (0x0E8D, 0x0003)
  }

  /// Sends a preloader into another mode; the device leaves the bus then.
  func enter(_ token: BootROMToken) async throws(BootROMError) {
    _ = try await run(BootROMModeSwitch(token, policy: policy))
    guard token.wantsDisconnect else { return }
    do throws(LinkError) { try await channel.write(BootROMToken.disconnect, limit: policy.commandLimit) } catch {
      // It has left for its new mode already.
      if error == .disconnected { return }
      throw BootROMError(error, during: token.rawValue)
    }
    await SerialLine.dropControlLines(channel.link)
  }

  /// Runs one command, having synchronised with the device.
  func perform(_ exchange: BootROMExchange) async throws(BootROMError) -> BootROMExchange.Answers {
    _ = try await synchronise()
    return try await run(exchange).answers
  }

  /// Runs a session to its end; cancelled between two of its steps only where that harms nothing.
  func run<Session: BootROMSession>(_ session: Session) async throws(BootROMError) -> Session {
    guard !Task.isCancelled else { throw .cancelled }
    // A handshake can go on for long, and may be left at any point.
    guard !(session is BootROMExchange) else {
      return try await Task { await self.attempt(session) }.value.get()
    }
    return try await attempt(session).get()
  }

  private func attempt<Session: BootROMSession>(_ session: Session) async -> Result<Session, BootROMError> {
    var session = session
    do throws(BootROMError) {
      var action = session.start()
      while true {
        switch action {
        case .exchange(let bytes, let count, let limit):
          if !bytes.isEmpty { try await send(bytes, name: session.name) }
          action = try await receive(count, limit: limit, for: &session)
        case .sendData(let data):
          try await send(data: data, name: session.name)
          action = session.dataSent()
        case .drain(let quiet):
          action = try session.receive(try await drain(quiet: quiet, name: session.name))
        case .finish: return .success(session)
        }
      }
    } catch { return .failure(error) }
  }

  private func receive<Session: BootROMSession>(
    _ count: Int, limit: Duration, for session: inout Session
  ) async throws(BootROMError) -> BootROMAction {
    guard count > 0 else { return try session.receive([]) }
    observer(.waiting(for: .reply(request: session.name)))
    let bytes: [UInt8]?
    do throws(LinkError) { bytes = try await channel.read(count, limit: limit) } catch {
      throw BootROMError(error, during: session.name)
    }
    guard let bytes else {
      return try session.silence(received: await channel.available, after: limit)
    }
    trace(bytes, name: session.name, fromDevice: true)
    return try session.receive(bytes)
  }

  private func drain(quiet: Duration, name: String) async throws(BootROMError) -> [UInt8] {
    do throws(LinkError) {
      let bytes = try await channel.drain(quiet: quiet, byteLimit: policy.noiseByteCount)
      if !bytes.isEmpty { trace(bytes, name: name, fromDevice: true) }
      return bytes
    } catch { throw BootROMError(error, during: name) }
  }

  private func send(_ bytes: [UInt8], name: String) async throws(BootROMError) {
    trace(bytes, name: name, fromDevice: false)
    do throws(LinkError) { try await channel.write(bytes, limit: policy.commandLimit) } catch {
      throw BootROMError(error, during: name)
    }
  }

  /// Data of a command: a kilobyte at a time at full speed, else 16; and a pause behind it, in which devices get ready
  /// to answer.
  private func send(data: [UInt8], name: String) async throws(BootROMError) {
    observer(.waiting(for: .rawData(image: name)))
    trace(data, name: name, fromDevice: false)
    let piece = channel.endpoints.isFullSpeed ? 1 << 10 : 16 << 10
    var position = 0
    while position < data.count {
      let end = min(position + piece, data.count)
      do throws(LinkError) {
        try await channel.write(Array(data[position..<end]), limit: policy.dataIdleLimit)
      } catch {
        throw BootROMError(error, during: name)
      }
      position = end
    }
    try? await clock.sleep(for: policy.dataPause)
  }

  nonisolated func notice(_ code: String, _ facts: [String: String] = [:]) {
    observer(.notice(code: code, facts: facts))
  }

  nonisolated func trace(_ bytes: [UInt8], name: String, fromDevice: Bool) {
    let shown = Array(bytes.prefix(256))
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: fromDevice, label: name, bytes: shown, omitted: UInt64(bytes.count - shown.count))))
  }

  /// Gives the device back, whether or not the task has been cancelled.
  func close() async {
    await Task { [link = channel.link] in await link.close() }.value
  }
}
