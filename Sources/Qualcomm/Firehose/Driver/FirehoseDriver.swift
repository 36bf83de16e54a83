import FlashCore
import WireFormat

/// Speaks to a programmer over a channel, one command at a time.
///
/// The rules are in the session values; this is where waiting happens. A command that has begun is brought to its end even
/// when the task that asked for it is cancelled: its own limits bound the wait, and the device is never left in the middle
/// of raw data.
actor FirehoseDriver {
  let channel: QualcommChannel
  nonisolated let settings: FirehoseSettings
  nonisolated let observer: SessionObserver
  nonisolated let clock: any LinkClock
  var policy: FirehosePolicy
  private let timeout: Duration?
  private var reader = FirehoseMessageReader()
  /// Raw data that came with the response which announced them.
  private var early: [UInt8] = []
  /// What the programmer has said about itself.
  var startup = FirehoseStartup()
  var limits = FirehoseLimits(payload: 1 << 20, memory: .emmc)
  var vip: FirehoseVIPSequence?
  /// Commands that turned out to be missing, whatever the list says.
  var missing: Set<String> = []
  /// Raw data were moved last, behind which some devices send one response too many.
  private var mayHaveStaleResponse = false
  /// The device takes no command before its late logs have been read.
  private var drainsBeforeSending = false

  init(
    channel: QualcommChannel, settings: FirehoseSettings, timeout: Duration?, observer: @escaping SessionObserver
  ) {
    self.channel = channel
    self.settings = settings
    self.timeout = timeout
    self.observer = observer
    clock = channel.clock
    policy = FirehosePolicy(settings.memory)
    if let timeout { policy.replaceLimits(with: timeout) }
    vip = settings.tables.map { FirehoseVIPSequence($0) }
  }

  /// Takes the limits of the storage that was agreed on.
  func adopt(_ limits: FirehoseLimits) {
    self.limits = limits
    policy = FirehosePolicy(limits.memory)
    if let timeout { policy.replaceLimits(with: timeout) }
  }

  // MARK: Commands

  /// Sends a command and waits for its response, whatever that is. Every log begins the time anew, within `total`.
  func exchange(
    _ command: FirehoseCommand, limit: Duration, total: Duration? = nil, expectsRawMode: Bool = false
  ) async throws(FirehoseError) -> FirehoseReply {
    let document =
      settings.isValidated
      ? command.document : command.document(packetByteCount: channel.endpoints.packetByteCount)
    return try await exchange(
      document, name: command.name, limit: limit, total: total, expectsRawMode: expectsRawMode)
  }

  func exchange(
    _ document: [UInt8], name: String, limit: Duration, total: Duration? = nil, expectsRawMode: Bool = false
  ) async throws(FirehoseError) -> FirehoseReply {
    guard UInt64(document.count) <= max(limits.maximumDocument, 4096) else {
      throw .tooLong(byteCount: document.count, limit: limits.maximumDocument)
    }
    let mayBeStale = mayHaveStaleResponse
    if drainsBeforeSending || mayBeStale && !expectsRawMode {
      try await drain(quiet: .milliseconds(5), within: policy.stockTotal)
    }
    try await send(document, name: name)
    mayHaveStaleResponse = false
    return try await collect(
      FirehoseReplyCollector(
        command: name, logLimit: policy.logLimit, noiseByteCount: policy.noiseByteCount,
        skipsOneStale: mayBeStale && expectsRawMode), during: name, limit: limit, total: total)
  }

  /// The same for a command that has to succeed without raw data.
  @discardableResult
  func command(
    _ command: FirehoseCommand, limit: Duration, total: Duration? = nil
  ) async throws(FirehoseError) -> FirehoseReply {
    let reply = try await exchange(command, limit: limit, total: total)
    guard reply.response.isACK else { throw .refused(reply.refusal) }
    guard !reply.response.isRawMode else { throw .violation(.rawMode(expected: false), during: command.name) }
    return reply
  }

  // MARK: Sending

  /// Sends a document; when the device does not take it, reads what it has logged, and tries once more.
  private func send(_ document: [UInt8], name: String) async throws(FirehoseError) {
    try await sendTableIfDue()
    trace(document, name: name, fromDevice: false)
    do throws(LinkError) {
      try await channel.send(document, limit: policy.documentLimit)
    } catch {
      guard case .timedOut = error else { throw Self.failure(error, during: name) }
      guard try await drain(quiet: policy.quiet, within: policy.stockTotal) > 0 else {
        throw .silence(during: name, after: policy.documentLimit)
      }
      drainsBeforeSending = true
      do throws(LinkError) { try await channel.send(document, limit: policy.documentLimit) } catch {
        throw Self.failure(error, during: name)
      }
    }
  }

  /// Before a frame that no table covers yet, the next table goes out and is acknowledged.
  func sendTableIfDue() async throws(FirehoseError) {
    guard vip != nil else { return }
    let table: [UInt8]?
    do throws(FirehoseVIPError) { table = try vip?.beginFrame() } catch { throw .digestTables(error) }
    if let table { try await sendTable(table) }
  }

  func sendTable(_ table: [UInt8]) async throws(FirehoseError) {
    trace(table, name: "table", fromDevice: false)
    do throws(LinkError) { try await channel.send(table, limit: policy.documentLimit) } catch {
      throw Self.failure(error, during: "table")
    }
    let reply = try await collect(
      FirehoseReplyCollector(command: "table", logLimit: policy.logLimit), during: "table", limit: policy.tableLimit)
    guard reply.response.isACK else { throw .refused(reply.refusal) }
  }

  // MARK: Receiving

  /// Reads until the response is complete, nothing has come for `limit`, or `total` is over.
  ///
  /// A device that has begun to answer is waited for at least as long as any slow one may take.
  func collect(
    _ first: FirehoseReplyCollector, during name: String, limit: Duration, total: Duration? = nil
  ) async throws(FirehoseError) -> FirehoseReply {
    var collector = first
    var patience = limit
    var deadline = clock.now + patience
    let end = clock.now + max(total ?? policy.answerTotal, limit * 2)
    observer(.waiting(for: .reply(request: name)))
    while true {
      while let item = try nextItem(during: name) {
        switch try collector.receive(item) {
        case .listen(let isProgress):
          if isProgress {
            patience = max(limit, policy.begunLimit)
            deadline = clock.now + patience
          }
        case .finish(let reply):
          if reply.response.isRawMode { early = reader.takeRest() }
          return reply
        }
      }
      guard clock.now < end else { throw .violation(.endlessLogs(count: collector.progressCount), during: name) }
      let left = min(deadline, end) - clock.now
      guard left > .zero else {
        if reader.isInsideDocument { throw .violation(.endlessDocument, during: name) }
        throw .silence(during: name, after: patience, said: collector.lastWords)
      }
      try await receive(limit: min(left, policy.poll), during: name)
    }
  }

  private func nextItem(during name: String) throws(FirehoseError) -> FirehoseMessageReader.Item? {
    do throws(XMLError) {
      let item = try reader.next()
      if case .message(let message) = item { show(message, during: name) }
      return item
    } catch {
      _ = reader.takeRest()
      throw .violation(.endlessDocument, during: name)
    }
  }

  /// Takes in one transfer, if there is one.
  @discardableResult
  func receive(limit: Duration, during name: String) async throws(FirehoseError) -> Bool {
    let transfer: [UInt8]?
    do throws(LinkError) {
      transfer = try await channel.receiveAnything(atMost: Self.documentTransferByteCount, limit: limit)
    } catch {
      throw Self.failure(error, during: name)
    }
    guard let transfer else { return false }
    try takeIn(transfer, during: name)
    return true
  }

  func takeIn(_ transfer: [UInt8], during name: String) throws(FirehoseError) {
    trace(transfer, name: "XML", fromDevice: true)
    if !reader.isInsideDocument, transfer.count == 16, transfer.starts(with: [0x04, 0, 0, 0, 0x10, 0, 0, 0]) {
      throw .stillInSahara(status: transfer[12..<16].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    reader.append(transfer)
  }

  /// Room for one read of documents; a multiple of every packet size.
  static let documentTransferByteCount = 16 << 10

  /// Reads and shows what the device says until it has been silent for `quiet`, or `limit` is over; returns how many
  /// transfers came. Responses among them mean nothing.
  @discardableResult
  func drain(quiet: Duration, within limit: Duration) async throws(FirehoseError) -> Int {
    let end = clock.now + limit
    var transfers = 0
    var bytes: UInt64 = 0
    while true {
      while let item = try nextItem(during: "drain") {
        if case .message(.log(let log)) = item { startup.take(log) }
      }
      guard bytes < policy.leftoverByteCount, transfers < policy.logLimit, transfers == 0 || clock.now < end else {
        return transfers
      }
      let transfer: [UInt8]?
      do throws(LinkError) {
        transfer = try await channel.receiveAnything(atMost: Self.documentTransferByteCount, limit: quiet)
      } catch {
        throw Self.failure(error, during: "drain")
      }
      guard let transfer else { return transfers }
      transfers += 1
      bytes += UInt64(transfer.count)
      try takeIn(transfer, during: "drain")
    }
  }

  // MARK: Raw data

  /// What came together with the response that announced raw data. Over USB a few bytes of garbage behind a document are
  /// just that.
  func takeEarlyData() -> [UInt8] {
    defer { early = [] }
    let isGarbage =
      early.count <= Int(policy.garbageByteCount)
      && (early.allSatisfy { $0 <= 0x20 } || early.starts(with: Array("</".utf8))
        || early.starts(with: [0xF0, 0xE9, 0x88, 0x14]))
    return isGarbage && !channel.endpoints.isStream ? [] : early
  }

  /// Puts bytes back that were read with raw data and do not belong to them.
  func putBack(_ bytes: [UInt8]) { reader.append(bytes) }

  /// After raw data were moved.
  func noteRawData() { mayHaveStaleResponse = true }

  // MARK: Telling

  static func failure(_ error: LinkError, during name: String) -> FirehoseError {
    switch error {
    case .cancelled: .cancelled
    case .timedOut(let after): .silence(during: name, after: after)
    default: .transfer(error, during: name)
    }
  }

  private func show(_ message: FirehoseMessage, during name: String) {
    guard case .log(let log) = message else { return }
    observer(.notice(code: "firehose.log", facts: ["text": log.text, "command": name]))
  }

  nonisolated func notice(_ code: String, _ facts: [String: String] = [:]) {
    observer(.notice(code: code, facts: facts))
  }

  nonisolated func trace(_ bytes: [UInt8], name: String, fromDevice: Bool, omitted: UInt64 = 0) {
    let shown = Array(bytes.prefix(4096))
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: fromDevice, label: name, bytes: shown, omitted: omitted + UInt64(bytes.count - shown.count))))
  }
}

/// Brings a step of the protocol to its end even when the task that waits for it is cancelled, within a grace: a device
/// that says nothing, or never comes to an end, must not hold up somebody who wants to leave.
func uninterrupted<Success: Sendable>(
  grace: Duration = .seconds(3),
  _ step: @escaping @Sendable () async -> Result<Success, FirehoseError>
) async throws(FirehoseError) -> Success {
  guard !Task.isCancelled else { throw .cancelled }
  let work = Task { await step() }
  let result = await withTaskCancellationHandler {
    await work.value
  } onCancel: {
    Task {
      try? await Task.sleep(for: grace)
      work.cancel()
    }
  }
  return try result.get()
}
