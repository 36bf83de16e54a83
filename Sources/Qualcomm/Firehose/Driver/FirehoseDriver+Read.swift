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
    var data = FirehoseRawReceiver(expected: byteCount, packetByteCount: channel.endpoints.packetByteCount)
    var failure = hand(takeEarlyData(), to: &data, consumer)
    observer(.waiting(for: .rawData(image: name)))
    var deadline = clock.now + policy.readIdleLimit
    while !data.isComplete {
      let left = deadline - clock.now
      guard left > .zero else { throw shortRead(data, during: name) }
      let transfer: [UInt8]?
      do throws(LinkError) {
        transfer = try await channel.receiveAnything(atMost: data.room, limit: left)
      } catch {
        throw Self.failure(error, during: name)
      }
      guard let transfer else { continue }
      if let reply = data.reply(in: transfer, command: name) {
        guard reply.response.isACK else { throw .refused(reply.refusal.behindData) }
        throw .shortRead(received: data.received, expected: data.expected)
      }
      if let error = hand(transfer, to: &data, consumer) { failure = failure ?? error }
      deadline = clock.now + policy.readIdleLimit
    }
    trace([], name: "raw data", fromDevice: true, omitted: byteCount)
    putBack(data.takeSurplus())
    let reply = try await collectFinal(during: name, limit: policy.finalLimit, byteCount: byteCount)
    guard reply.response.isACK else { throw .refused(reply.refusal.behindData) }
    guard reply.skippedByteCount <= policy.garbageByteCount else {
      throw .violation(.excessData(byteCount: reply.skippedByteCount), during: name)
    }
    if let failure { throw failure }
  }

  /// An output that fails does not end the transfer: the device would be left in the middle of it.
  private func hand(
    _ bytes: [UInt8], to data: inout FirehoseRawReceiver, _ consumer: any StreamConsumer
  ) -> FirehoseError? {
    let piece = data.take(bytes)
    guard !piece.isEmpty, !data.hasFailed else { return nil }
    do throws(ImageError) {
      try consumer.consume(piece.rawSpan)
      return nil
    } catch {
      data.hasFailed = true
      return .output(error)
    }
  }

  private func shortRead(_ data: FirehoseRawReceiver, during name: String) -> FirehoseError {
    data.received == 0
      ? .silence(during: name, after: policy.readIdleLimit)
      : .shortRead(received: data.received, expected: data.expected)
  }
}
