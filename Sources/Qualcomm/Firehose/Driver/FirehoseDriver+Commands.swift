import FlashCore
import FlashImages

extension FirehoseDriver {
  /// Runs a command that has to be acknowledged, to its end.
  @discardableResult
  func run(
    _ command: FirehoseCommand, limit: Duration, total: Duration? = nil
  ) async throws(FirehoseError) -> FirehoseReply {
    try await uninterrupted {
      do throws(FirehoseError) {
        return .success(try await self.command(command, limit: limit, total: total))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Whether the programmer has a command, as far as its list and its refusals tell.
  func has(_ function: String) -> Bool { startup.has(function) && !missing.contains(function) }

  func markMissing(_ function: String) { missing.insert(function) }

  /// Whether a refusal means that there is no such command, where the programmer has not said what it has.
  func meansMissing(_ error: FirehoseError) -> Bool {
    guard case .refused(let refusal) = error else { return false }
    return refusal.reasons.contains(.unknownCommand) || startup.functions == nil && refusal.lastError == nil
  }

  func erase(_ erase: FirehoseErase, byteCount: UInt64?) async throws(FirehoseError) {
    try await run(
      .erase(erase), limit: policy.eraseLimit(of: byteCount), total: policy.workTotal(of: byteCount))
  }

  /// SHA-256 over sectors, 32 bytes.
  func digest(_ extent: FirehoseExtent) async throws(FirehoseError) -> [UInt8] {
    let reply = try await run(
      .digest(FirehoseDigest(extent)), limit: policy.digestLimit(of: extent.byteCount ?? 0),
      total: policy.workTotal(of: extent.byteCount))
    guard let digest = FirehoseAnswers.digest(in: reply) else { throw .violation(.noDigest, during: "getsha256digest") }
    return digest
  }

  /// `nil` where the programmer has no such command; that is no error (4.7).
  func storageInfo(_ partition: UInt32, slot: UInt32?) async throws(FirehoseError) -> FirehoseStorageInfo? {
    guard has("getstorageinfo"), !settings.isValidated else { return nil }
    let command = FirehoseCommand.storageInfo(FirehoseGetStorageInfo(physicalPartition: partition, slot: slot))
    do throws(FirehoseError) {
      return FirehoseStorageInfo(try await run(command, limit: policy.infoLimit))
    } catch {
      switch error {
      case .refused: return nil
      case .silence:
        markMissing("getstorageinfo")
        return nil
      case .violation(.endlessDocument, _):
        // The rest of it is still to come.
        try await drain(quiet: policy.quiet, within: policy.drainTotal)
        markMissing("getstorageinfo")
        return nil
      default: throw error
      }
    }
  }

  /// Memory of the device, by the name of the size that the programmer knows.
  func peek(address: UInt64, byteCount: UInt64) async throws(FirehoseError) -> [UInt8] {
    var reply: FirehoseReply
    do throws(FirehoseError) {
      reply = try await run(.peek(FirehosePeek(address: address, byteCount: byteCount)), limit: policy.infoLimit)
    } catch {
      guard error.reasons.contains(.invalidParameters) else { throw error }
      reply = try await run(
        .peek(FirehosePeek(address: address, byteCount: byteCount, usesOldName: true)), limit: policy.infoLimit)
    }
    let bytes = FirehoseAnswers.memory(in: reply, limit: byteCount)
    guard UInt64(bytes.count) == byteCount else {
      throw .violation(.noMemory(received: bytes.count, expected: byteCount), during: "peek")
    }
    return bytes
  }

  func poke(_ poke: FirehosePoke) async throws(FirehoseError) {
    do throws(FirehoseError) {
      try await run(.poke(poke), limit: policy.infoLimit)
    } catch {
      guard error.reasons.contains(.invalidParameters) else { throw error }
      var old = poke
      old.usesOldName = true
      try await run(.poke(old), limit: policy.infoLimit)
    }
  }

  /// Restarts the device or turns it off, and reads on until it has left: some never leave otherwise (5).
  func power(_ value: String) async throws(FirehoseError) {
    let power = FirehosePower(value: value, delayInSeconds: settings.powerDelay)
    try await uninterrupted {
      do throws(FirehoseError) {
        try await self.command(.power(power), limit: await self.policy.powerLimit)
        await self.drainUntilGone()
        return .success(())
      } catch {
        // Leaving is what it was told to do.
        guard case .transfer(.disconnected, _) = error else { return .failure(error) }
        self.notice("firehose.left-without-answer")
        return .success(())
      }
    }
  }

  private func drainUntilGone() async {
    do throws(FirehoseError) { try await drain(quiet: policy.powerQuiet, within: policy.drainTotal) } catch {
      // It has left.
    }
  }

  /// Sends each element of a layout; nothing is written unless all of it was taken once (5.1).
  func provision(_ layout: FirehoseProvisioning) async throws(FirehoseError) {
    for isWriting in [false, true] {
      for element in layout.pass(writes: isWriting) {
        if isWriting {
          try await run(.ufs(element), limit: policy.eraseLimit)
        } else {
          _ = try await run(.ufs(element), limit: policy.infoLimit)
        }
      }
    }
  }
}
