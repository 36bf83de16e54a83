import FlashCore
import FlashImages

extension FirehoseDriver {
  /// The bytes of a piece of raw data: what was agreed on, in whole sectors, and in whole packets where there is room.
  func chunkByteCount(sector: UInt32) throws(FirehoseError) -> UInt64 {
    let unit = UInt64(sector)
    guard unit > 0, limits.payload >= unit else { throw .payload(limits.payload, sectorByteCount: sector) }
    let packet = UInt64(channel.endpoints.packetByteCount)
    let whole = limits.payload / unit * unit
    // Sectors and packets are powers of two, so that the larger one is a multiple of the other.
    let both = max(unit, packet)
    return !settings.isValidated && both % unit == 0 && both % packet == 0 && whole >= both
      ? whole / both * both : whole
  }

  /// Announces raw data, sends them, and returns when the device has stored them.
  ///
  /// `imageByteCount` bytes come from `stream`; zeros fill up the last sector.
  func program(
    _ program: FirehoseProgram, stream: ImageStream, imageByteCount: UInt64,
    progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(FirehoseError) {
    try await uninterrupted(grace: Self.rawDataGrace) {
      do throws(FirehoseError) {
        guard let byteCount = program.extent.byteCount else {
          throw .violation(.rawMode(expected: true), during: "program")
        }
        let data = FirehoseDataReader(
          stream, byteCount: byteCount, imageByteCount: imageByteCount, report: progress)
        try await self.sendRaw(
          .program(program), data: data, byteCount: byteCount, sector: program.extent.sectorByteCount)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }

  /// How long raw data may still flow when somebody wants to leave: half of them would leave the device waiting.
  static let rawDataGrace = Duration.seconds(10)

  private func sendRaw(
    _ command: FirehoseCommand, data: FirehoseDataReader, byteCount: UInt64, sector: UInt32
  ) async throws(FirehoseError) {
    let chunk = try chunkByteCount(sector: sector)
    let reply = try await exchange(command, limit: policy.setUpLimit, expectsRawMode: true)
    try requireRawMode(reply, command: command.name)
    noteRawData()
    try await sendRaw(data, byteCount: byteCount, chunk: chunk, during: command.name)
  }

  func requireRawMode(_ reply: FirehoseReply, command: String) throws(FirehoseError) {
    guard reply.response.isACK else { throw .refused(reply.refusal) }
    guard reply.response.isRawMode else { throw .violation(.rawMode(expected: true), during: command) }
  }

  /// Sends announced data and takes the response that ends them. The response says more than the transfer that failed.
  func sendRaw(
    _ data: FirehoseDataReader, byteCount: UInt64, chunk: UInt64, during name: String
  ) async throws(FirehoseError) {
    let failure = try await sendPieces(ImageStream(continuing: data), byteCount: byteCount, chunk: chunk, name)
    let reply: FirehoseReply
    do throws(FirehoseError) {
      reply = try await collectFinal(
        during: name, limit: failure == nil ? policy.finalLimit : policy.stoppedLimit, byteCount: byteCount)
    } catch {
      // Silence behind a transfer that was not taken says nothing new; the device's own words do.
      if let failure, case .silence(_, _, nil) = error { throw failure }
      throw error
    }
    guard reply.response.isACK else { throw .refused(reply.refusal.behindData) }
    if let failure { throw failure }
    if let error = data.error { throw .file(error) }
    guard !reply.response.isRawMode else { throw .violation(.rawMode(expected: false), during: name) }
  }

  /// The response behind raw data.
  func collectFinal(
    during name: String, limit: Duration, byteCount: UInt64
  ) async throws(FirehoseError) -> FirehoseReply {
    try await collect(
      FirehoseReplyCollector(
        command: name, logLimit: policy.logLimit, noiseByteCount: policy.noiseByteCount,
        skipsRawAcknowledgements: true), during: name, limit: limit, total: policy.workTotal(of: byteCount))
  }

  /// Returns what the device stopped taking data with; a disconnect is thrown, since nothing follows it.
  private func sendPieces(
    _ stream: ImageStream, byteCount: UInt64, chunk: UInt64, _ name: String
  ) async throws(FirehoseError) -> FirehoseError? {
    observer(.waiting(for: .rawData(image: name)))
    let isPiecewise = settings.isValidated || settings.zlp == .always
    var left = byteCount
    while left > 0 {
      let count = isPiecewise ? min(chunk, left) : left
      try await sendTableIfDue()
      trace([], name: "raw data", fromDevice: false, omitted: count)
      if let error = await send(stream, count) {
        guard case .link(let failure, _) = error else { return .file(.cancelled) }
        guard case .timedOut(let after) = failure else { throw Self.failure(failure, during: name) }
        return .silence(during: name, after: after)
      }
      left -= count
      let isWhole = count % UInt64(channel.endpoints.packetByteCount) == 0
      if isWhole, settings.zlp == .always || settings.zlp == .auto && left == 0 {
        do throws(LinkError) { try await channel.sendEmptyPacket(limit: policy.writeIdleLimit) } catch {
          guard case .timedOut(let after) = error else { throw Self.failure(error, during: name) }
          return .silence(during: name, after: after)
        }
      }
    }
    return nil
  }

  private func send(_ stream: ImageStream, _ byteCount: UInt64) async -> StreamError? {
    do throws(StreamError) {
      try await channel.send(
        stream, byteCount: byteCount, transferByteCount: policy.transferByteCount, idleLimit: policy.writeIdleLimit)
      return nil
    } catch {
      return error
    }
  }
}
