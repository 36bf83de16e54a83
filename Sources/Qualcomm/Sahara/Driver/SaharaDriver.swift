import FlashCore
import WireFormat

/// Runs Sahara sessions over a channel, one at a time.
///
/// The rules are in the session values; this is where waiting happens.
actor SaharaDriver {
  private(set) var channel: QualcommChannel
  let policy: SaharaPolicy
  nonisolated let observer: SessionObserver
  private let provider: any LinkProvider
  /// What the device has sent that no session has taken in yet.
  private var pending = Pending.unread

  /// The first thing that a session gets to know of the device.
  enum Pending: Equatable, Sendable {
    /// Nobody has listened yet.
    case unread
    case transfer([UInt8])
    /// Somebody has listened for as long as HELLO may take.
    case silence
  }

  nonisolated let clock: any LinkClock
  /// What the device showed when it was opened.
  nonisolated let linkKind: LinkKind

  init(channel: QualcommChannel, connection: Connection, policy: SaharaPolicy) {
    self.channel = channel
    self.policy = policy
    observer = connection.observer
    provider = connection.provider
    clock = channel.clock
    linkKind = channel.link.kind
  }

  /// Listens once, without sending anything: what the device shows by itself.
  func listen() async throws(SaharaError) -> Pending {
    guard pending == .unread else { return pending }
    let transfer = try await receive(name: SaharaCommand.hello.name, limit: policy.probeLimit)
    pending = transfer.map { .transfer($0) } ?? .silence
    return pending
  }

  /// Finds out what the device is in, asking for `wanted` where it says nothing by itself.
  func begin(wanting wanted: SaharaMode, mayBeProgrammer: Bool = true) async throws(SaharaError) -> SaharaFound {
    var probe = SaharaProbe(
      wanted: wanted, mayBeProgrammer: mayBeProgrammer, policy: policy, now: { [clock] in clock.now })
    var action = probe.start()
    let known = pending
    pending = .unread
    switch known {
    case .unread: break
    case .transfer(let transfer): action = try probe.receive(transfer)
    case .silence:
      notice("sahara.silent")
      action = try probe.silence()
    }
    try await run(&probe, from: action)
    guard let found = probe.found else { throw .notResponding }
    switch found {
    case .programmer(let beginning):
      pending = .transfer(beginning)
      throw .programmerRunning
    case .hdlc(let beginning):
      pending = .transfer(beginning)
      throw .hdlc
    case .hello, .packet: return found
    }
  }

  /// What was heard and no session has taken in: what a programmer said before anybody spoke to it.
  func takePending() -> [UInt8] {
    defer { pending = .silence }
    return if case .transfer(let bytes) = pending { bytes } else { [] }
  }

  /// Remembers a HELLO that a session has read and not answered.
  func keep(_ hello: SaharaHello?) {
    pending = hello.map { .transfer(SaharaPacket.hello($0).bytes) } ?? .unread
  }

  /// Runs a session to its end. When the task is cancelled, the step at hand is brought to its end first.
  func run<Session: SaharaSession>(
    _ session: inout Session, from first: SaharaAction, images: SaharaImageSender? = nil
  ) async throws(SaharaError) {
    var action = first
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      switch action {
      case .exchange(let bytes, let name, let limit):
        let transfer = try await shielded { await self.attempt(bytes, name: name, limit: limit) }
        action = if let transfer { try session.receive(transfer) } else { try session.silence() }
      case .sendImage(let range):
        guard let images else { throw .violation(.unexpected(.readData), during: "image data") }
        try await send(range, of: images)
        action = session.imageSent()
      case .finish(let bytes):
        if let bytes { try await send(bytes, name: "last packet") }
        return
      }
    }
  }

  private func attempt(_ bytes: [UInt8]?, name: String, limit: Duration) async -> Result<[UInt8]?, SaharaError> {
    do throws(SaharaError) {
      if let bytes { try await send(bytes, name: name) }
      return .success(try await receive(name: name, limit: limit))
    } catch { return .failure(error) }
  }

  /// Sends one packet; `name` is what a failure is called after.
  func send(_ bytes: [UInt8], name: String) async throws(SaharaError) {
    trace(bytes, fromDevice: false)
    do throws(LinkError) { try await channel.send(bytes, limit: policy.packetLimit) } catch {
      throw Self.failure(error, during: name)
    }
  }

  /// The next transfer; `nil` when none came.
  func receive(name: String, limit: Duration) async throws(SaharaError) -> [UInt8]? {
    observer(.waiting(for: .reply(request: name)))
    do throws(LinkError) {
      guard let transfer = try await channel.receiveMessage(limit: limit) else { return nil }
      trace(transfer, fromDevice: true)
      return transfer
    } catch {
      throw Self.failure(error, during: name)
    }
  }

  static func failure(_ error: LinkError, during name: String) -> SaharaError {
    switch error {
    case .cancelled: .cancelled
    case .timedOut(let after): .silence(during: name, after: after)
    default: .transfer(error, during: name)
    }
  }

  nonisolated func notice(_ code: String, _ facts: [String: String] = [:]) {
    observer(.notice(code: code, facts: facts))
  }

  nonisolated func trace(_ bytes: [UInt8], fromDevice: Bool) {
    let label =
      (try? SaharaPacketHeader(parsing: bytes.rawSpan)).flatMap { SaharaCommand(rawValue: $0.number)?.name }
      ?? (SaharaTransfer.isXML(bytes) ? "XML" : "data")
    let shown = Array(bytes.prefix(256))
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: fromDevice, label: label, bytes: shown, omitted: UInt64(bytes.count - shown.count))))
  }

  /// Follows a device that leaves the bus when its memory is asked for (5.1) or its programmer starts (1.4), and comes
  /// back within `limit`.
  func reopen(within limit: Duration) async throws(SaharaError) {
    await channel.link.close()
    let link: any Link
    do throws(OpenError) {
      _ = try await provider.awaitReturn(within: limit) { $0.vendorID != 0 }
      link = try await provider.open(waitLimit: limit)
    } catch {
      throw error == .cancelled ? .cancelled : .transfer(.disconnected, during: SaharaCommand.helloResponse.name)
    }
    channel = try await QualcommChannel.open(link)
    pending = .unread
  }

  nonisolated var canReopen: Bool { provider.canReenumerate }

  /// Gives the device back, whether or not the task has been cancelled.
  func close() async {
    let link = channel.link
    await Task { await link.close() }.value
  }
}

/// Runs a step of the protocol to its end even when the task that waits for it is cancelled: half a step would leave the
/// device waiting. The step's own limits bound the wait.
func shielded<Success: Sendable>(
  isolation: isolated (any Actor)? = #isolation,
  _ step: sending @escaping () async -> Result<Success, SaharaError>
) async throws(SaharaError) -> Success {
  try await Task { await step() }.value.get()
}
