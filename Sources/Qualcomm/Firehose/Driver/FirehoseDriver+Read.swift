import FlashCore
import FlashImages
import WireFormat

extension FirehoseDriver {
  /// Asks for sectors and hands their bytes on in order.
  func read(_ read: FirehoseRead, into consumer: any StreamConsumer) async throws(FirehoseError) {
    try await uninterrupted(grace: Self.rawDataGrace) {
      do throws(FirehoseError) {
        guard let byteCount = read.extent.byteCount else {
          throw .violation(.rawMode(expected: true), during: "read")
        }
        let reply = try await self.exchange(
          .read(read), limit: await self.policy.setUpLimit, expectsRawMode: true)
        try await self.requireRawMode(reply, command: "read")
        await self.noteRawData()
        try await self.receiveRaw(byteCount, during: "read", into: consumer)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }

  /// Receives announced data and takes the response that ends them.
  func receiveRaw(
    _ byteCount: UInt64, during name: String, into consumer: any StreamConsumer
  ) async throws(FirehoseError) {
    let data = FirehoseRawConsumer(expecting: byteCount, command: name, output: consumer)
    observer(.waiting(for: .rawData(image: name)))
    let early = takeEarlyData()
    do throws(ImageError) { try data.consume(early.rawSpan) } catch { throw .output(error) }
    try await receive(into: data, during: name)
    if let reply = data.reply {
      guard reply.response.isACK else { throw .refused(reply.refusal.behindData) }
      throw .shortRead(received: data.data.received, expected: byteCount)
    }
    trace([], name: "raw data", fromDevice: true, omitted: byteCount)
    putBack(data.surplus)
    let reply = try await collectFinal(during: name, limit: policy.finalLimit, byteCount: byteCount)
    guard reply.response.isACK else { throw .refused(reply.refusal.behindData) }
    guard reply.skippedByteCount <= policy.garbageByteCount else {
      throw .violation(.excessData(byteCount: reply.skippedByteCount), during: name)
    }
    if let failure = data.failure { throw .output(failure) }
  }

  private func receive(into data: FirehoseRawConsumer, during name: String) async throws(FirehoseError) {
    let missing = data.data.expected - data.data.received
    do throws(StreamError) {
      try await channel.receive(
        missing, transferByteCount: policy.transferByteCount, idleLimit: policy.readIdleLimit, into: data)
    } catch {
      // What a device says in place of data explains how they ended.
      guard data.reply == nil else { return }
      switch error {
      case .image(let error): throw .output(error)
      case .link(.timedOut, _): throw shortRead(data.data, during: name)
      case .link(let error, _): throw Self.failure(error, during: name)
      }
    }
  }

  private func shortRead(_ data: FirehoseRawReceiver, during name: String) -> FirehoseError {
    data.received == 0
      ? .silence(during: name, after: policy.readIdleLimit)
      : .shortRead(received: data.received, expected: data.expected)
  }
}
