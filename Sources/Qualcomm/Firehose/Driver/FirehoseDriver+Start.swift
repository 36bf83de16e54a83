import FlashCore

extension FirehoseDriver {
  /// Begins a session: reads what the programmer says by itself, gives it the signed table it may want, and agrees with it
  /// on storage and sizes.
  ///
  /// `beginning` is what it has said already; `isFresh` says that it was started just now.
  ///
  /// Without `configures` nothing is agreed on: for what a manufacturer's programmer wants before anything else.
  func start(beginning: [UInt8], isFresh: Bool, configures: Bool = true) async throws(FirehoseError) {
    try await uninterrupted {
      do throws(FirehoseError) {
        try await self.attemptStart(beginning, isFresh, configures)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }

  private func attemptStart(_ beginning: [UInt8], _ isFresh: Bool, _ configures: Bool) async throws(FirehoseError) {
    if !beginning.isEmpty { try takeIn(beginning, during: "start") }
    try await listen(isFresh: isFresh)
    try await sendSignedTable()
    if configures { try await negotiate(isFresh: isFresh) }
  }

  /// Logs come one a transfer; their end is a line that says so, or silence.
  private func listen(isFresh: Bool) async throws(FirehoseError) {
    guard !settings.isRecording else { return }
    let first = settings.tables != nil ? policy.startLimit : isFresh ? policy.bannerLimit : policy.quiet
    let end = clock.now + policy.drainTotal
    if try await drain(quiet: first / 4, within: policy.drainTotal) == 0, isFresh {
      try await drain(quiet: first - first / 4, within: end - clock.now)
    }
    if isFresh || settings.tables != nil, !startup.lines.isEmpty {
      try await drain(quiet: policy.quiet, within: end - clock.now)
    }
    observer(.notice(code: "firehose.started", facts: ["functions": startup.functionNames.joined(separator: " ")]))
  }

  /// Source: `docs/protocols/firehose.md` 7.2.
  private func sendSignedTable() async throws(FirehoseError) {
    if startup.wantsDigestTable {
      guard let vip else { throw .digestTablesRequired }
      try await sendTable(vip.signedTable)
    } else if vip != nil {
      throw .digestTablesNotWanted
    }
  }

  /// Sends `configure` until something is agreed on. A programmer that is still starting may miss the first.
  private func negotiate(isFresh: Bool) async throws(FirehoseError) {
    var negotiation = FirehoseNegotiation(settings, hint: memoryHint)
    var configure = negotiation.start()
    while true {
      let reply = try await ask(configure, isFresh: isFresh)
      for line in reply.logs { startup.take(FirehoseLog(line)) }
      switch try negotiation.receive(reply) {
      case .send(let next): configure = next
      case .finish(let limits):
        return adopt(limits)
      }
    }
  }

  private func ask(_ configure: FirehoseConfigure, isFresh: Bool) async throws(FirehoseError) -> FirehoseReply {
    guard !settings.isValidated else { return try await exchange(.configure(configure), limit: policy.startLimit) }
    let begin = clock.now
    let deadline = begin + policy.startLimit
    var asked = 0
    while true {
      do throws(FirehoseError) {
        let reply = try await exchange(.configure(configure), limit: policy.configureRepeat)
        // Each of the others that were sent is answered too.
        try await passAnswers(asked, within: clock.now - begin + policy.quiet)
        return reply
      } catch {
        // What has begun to answer is not asked again.
        guard case .silence(_, _, nil) = error else { throw error }
        asked += 1
        if clock.now >= deadline { throw .notResponding(isAttached: !isFresh) }
      }
    }
  }

  /// Takes the answers to `count` commands that were sent again, so that none passes for the answer to what comes next:
  /// they come no later after each other than the first one came.
  private func passAnswers(_ count: Int, within limit: Duration) async throws(FirehoseError) {
    for _ in 0..<count {
      let collector = FirehoseReplyCollector(
        command: "configure", logLimit: policy.logLimit, noiseByteCount: policy.noiseByteCount)
      do throws(FirehoseError) { _ = try await collect(collector, during: "configure", limit: limit) } catch {
        guard case .silence = error else { throw error }
        return
      }
    }
  }

  /// What start-up logs say about the storage.
  private var memoryHint: FirehoseMemory? {
    for line in startup.lines {
      let words = line.lowercased()
      guard words.contains("poll_device") || words.contains("storage type") else { continue }
      if let memory = FirehoseMemory.allCases.first(where: { words.contains($0.rawValue) }) { return memory }
    }
    return nil
  }

  /// Configures the programmer for another storage, or another slot of it.
  func reconfigure(_ settings: FirehoseSettings) async throws(FirehoseError) -> FirehoseLimits {
    try await uninterrupted {
      do throws(FirehoseError) {
        var negotiation = FirehoseNegotiation(settings)
        var configure = negotiation.start()
        while true {
          switch try negotiation.receive(
            try await self.exchange(.configure(configure), limit: await self.policy.startLimit))
          {
          case .send(let next): configure = next
          case .finish(let limits):
            await self.adopt(limits)
            return .success(limits)
          }
        }
      } catch {
        return .failure(error)
      }
    }
  }
}
