import FlashCore
import FlashImages
import WireFormat

extension FirehoseDriver {
  /// Asks for sectors and hands their bytes on in order.
  func read(_ read: FirehoseRead, into consumer: any StreamConsumer) async throws(FirehoseError) {
    try await uninterrupted {
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
      if let refusal = data.refusal(in: transfer, command: name) { throw .refused(refusal) }
      if let error = hand(transfer, to: &data, consumer) { failure = failure ?? error }
      deadline = clock.now + policy.readIdleLimit
    }
    trace([], name: "raw data", fromDevice: true, omitted: byteCount)
    putBack(data.takeSurplus())
    let reply = try await collect(
      FirehoseReplyCollector(command: name, logLimit: policy.logLimit, skipsRawAcknowledgements: true), during: name,
      limit: policy.finalLimit)
    guard reply.response.isACK else { throw .refused(reply.refusal) }
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
    if let refusal = data.refusalAtEnd(command: name) { return .refused(refusal) }
    return data.received == 0
      ? .silence(during: name, after: policy.readIdleLimit)
      : .shortRead(received: data.received, expected: data.expected)
  }
}

/// Counts raw data from a device, which may be cut in any way and end in more than was asked for. No I/O.
struct FirehoseRawReceiver: Sendable {
  let expected: UInt64
  private(set) var received: UInt64 = 0
  var hasFailed = false
  private let packetByteCount: Int
  private var surplus: [UInt8] = []
  /// The last transfer, while it could be a message.
  private var last: [UInt8] = []

  /// Bytes that one transfer brings at most.
  private static let transferByteCount = 1 << 20

  init(expected: UInt64, packetByteCount: Int) {
    self.expected = expected
    self.packetByteCount = packetByteCount
  }

  var isComplete: Bool { received >= expected }

  /// What the next transfer is asked for: the data and one more packet, so that an empty packet behind them ends it.
  var room: Int {
    let count = Int(min(UInt64(Self.transferByteCount), expected - received))
    return (count + packetByteCount - 1) / packetByteCount * packetByteCount + packetByteCount
  }

  /// The part of a transfer that is data.
  mutating func take(_ transfer: [UInt8]) -> [UInt8] {
    let left = expected - received
    last = transfer.count <= 4096 ? transfer : []
    guard UInt64(transfer.count) > left else {
      received += UInt64(transfer.count)
      return transfer
    }
    received = expected
    surplus = Array(transfer[Int(left)...])
    return Array(transfer[..<Int(left)])
  }

  /// What came behind the data: the beginning of the response.
  mutating func takeSurplus() -> [UInt8] {
    defer { surplus = [] }
    return surplus
  }

  /// Whether a transfer in place of data is a refusal: whole documents with a NAK in them, of a length that no piece of
  /// whole sectors has.
  func refusal(in transfer: [UInt8], command: String) -> FirehoseRefusal? {
    guard transfer.count % 256 != 0, transfer.count <= 8192 else { return nil }
    return Self.refusal(transfer, command: command)
  }

  func refusalAtEnd(command: String) -> FirehoseRefusal? { Self.refusal(last, command: command) }

  private static func refusal(_ bytes: [UInt8], command: String) -> FirehoseRefusal? {
    guard bytes.starts(with: Array("<?xml".utf8)) else { return nil }
    var reader = FirehoseMessageReader()
    reader.append(bytes)
    var logs: [String] = []
    while let item = try? reader.next() {
      switch item {
      case .message(.log(let log)): logs.append(log.text)
      case .message(.response(let response)) where response.value == .nak:
        return FirehoseRefusal(command: command, logs: logs)
      default: continue
      }
    }
    return nil
  }
}
