import FlashCore
import FlashImages
import WireFormat

extension SaharaDriver {
  /// The table of the memory that a crashed device offers; the device then waits to be asked for some of it.
  ///
  /// A device that leaves the bus when it is asked and comes back is asked once more.
  func regions() async throws(SaharaError) -> SaharaRegionTable {
    do throws(SaharaError) { return try await regionsOnce() } catch {
      guard case .transfer(.disconnected, _) = error, canReopen, !Task.isCancelled else { throw error }
      notice("sahara.left-and-back")
      try await reopen(within: policy.reappearLimit)
      return try await regionsOnce()
    }
  }

  private func regionsOnce() async throws(SaharaError) -> SaharaRegionTable {
    let found = try await begin(wanting: .memoryDebug, mayBeProgrammer: false)
    var session = SaharaMemorySession(policy: policy)
    switch found {
    case .hello(let hello):
      // A device that wants an image is left as it was found.
      if hello.mode != .memoryDebug { keep(hello) }
      try await run(&session, from: try session.start(hello))
    case .packet(let packet): try await run(&session, from: try session.start(with: packet))
    case .programmer: throw .programmerRunning
    case .hdlc: throw .hdlc
    }
    guard let table = session.table else {
      throw .invalidTable(.invalid(field: "table length", at: 0, value: 0))
    }
    return table
  }

  /// Reads a region, handing its bytes on in order. When the task is cancelled, the piece at hand is brought to its end.
  func read(
    _ region: SaharaRegion, width: SaharaWidth, into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws(SaharaError) {
    for chunk in SaharaChunks(base: region.base, length: region.length, size: policy.chunkByteCount) {
      guard !Task.isCancelled else { throw .cancelled }
      let range = SaharaMemoryRange(width: width, address: chunk.address, length: chunk.length)
      try await shielded { await self.attempt(range, into: sink) }
    }
  }

  private func attempt(
    _ range: SaharaMemoryRange, into sink: @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async -> Result<Void, SaharaError> {
    do throws(SaharaError) { return .success(try await read(range, into: sink)) } catch { return .failure(error) }
  }

  private func read(
    _ range: SaharaMemoryRange, into sink: @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws(SaharaError) {
    try await send(SaharaPacket.memoryRead(range).bytes, name: SaharaCommand.memoryRead.name)
    observer(.waiting(for: .reply(request: SaharaCommand.memoryRead.name)))
    var data = SaharaDataReceiver(expected: range.length)
    var deadline = clock.now + policy.chunkLimit
    while !data.isComplete {
      let left = deadline - clock.now
      let room = Int(clamping: range.length - data.received)
      guard left > .zero, let transfer = try await receiveData(atMost: room, limit: left) else {
        guard data.received > 0 else { throw .silence(during: "memory", after: policy.chunkLimit) }
        throw .shortMemory(address: range.address, received: data.received, expected: range.length)
      }
      try take(transfer, of: range, into: &data)
      do throws(ImageError) { try sink(transfer) } catch { throw .output(error) }
      deadline = clock.now + policy.chunkLimit
    }
  }

  private func receiveData(atMost count: Int, limit: Duration) async throws(SaharaError) -> [UInt8]? {
    do throws(LinkError) {
      let transfer = try await channel.receiveData(atMost: count, limit: limit)
      if let transfer { trace(transfer, fromDevice: true) }
      return transfer
    } catch {
      throw Self.failure(error, during: "memory")
    }
  }

  private func take(
    _ transfer: [UInt8], of range: SaharaMemoryRange, into data: inout SaharaDataReceiver
  ) throws(SaharaError) {
    do throws(SaharaDataReceiver.Failure) { try data.receive(transfer) } catch {
      switch error {
      case .refused(let status):
        throw .memoryRefused(address: range.address, length: range.length, status: status)
      case .excess(let received):
        throw .violation(.excessData(received: received, expected: range.length), during: "memory")
      }
    }
  }
}
