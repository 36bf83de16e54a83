import FlashCore
import FlashImages
import USBWire

extension USBLink {
  /// The most that one transfer may hold; far above what any protocol asks for.
  private static let transferLimit = 1 << 28

  func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration
  ) async throws(LinkError) {
    let descriptor = try descriptor(of: endpoint)
    let completion = try await transfer(capacity: bytes.count) { buffer in
      buffer.store(bytes)
      return USBTransfer.Request(
        endpoint: endpoint, type: descriptor.transferType, buffer: buffer, count: bytes.count,
        // A message without bytes is a zero-length packet already.
        addsZeroPacket: terminated && !bytes.isEmpty, timeout: timeout)
    } finish: { completion, _ in
      completion
    }
    if let error = completion.error(endpoint: endpoint, timeout: timeout) { throw await explain(error) }
    guard completion.byteCount == bytes.count else {
      throw .system(operation: "transfer \(endpoint)", code: LibUSBCode.io, name: "short write")
    }
  }

  func send(
    each transfers: [[UInt8]], to endpoint: EndpointAddress, timeout: Duration, asking queue: (any ReceiveQueue)?,
    for requests: [Int]
  ) async throws(LinkError) {
    let slots = try self.slots(for: transfers, to: endpoint, timeout: timeout)
    defer { leave(slots) }
    let failure = await withTaskCancellationHandler { [slots] () -> LinkError? in
      if let failure = start(slots, asking: queue, for: requests) { return failure }
      return await Self.firstFailure(of: slots, timeout: timeout)
    } onCancel: { [slots] in
      Self.cancel(slots)
    }
    if let failure { throw await explain(failure) }
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    behind head: StreamHead
  ) async throws(StreamError) {
    let slots: [StreamSlot]
    do throws(LinkError) { slots = try self.slots(for: head.transfers, to: endpoint, timeout: idleLimit) } catch {
      throw .link(error, accepted: 0)
    }
    defer { leave(slots) }
    if let failure = start(slots, asking: head.queue, for: head.requests) { throw .link(failure, accepted: 0) }
    var streamFailure: StreamError?
    do throws(StreamError) {
      try await sendStream(
        image, byteCount: byteCount, to: endpoint, transferSize: transferSize, idleLimit: idleLimit)
    } catch {
      streamFailure = error
      Self.cancel(slots)
    }
    let headFailure = await Self.firstFailure(of: slots, timeout: idleLimit)
    if let streamFailure { throw streamFailure }
    if let headFailure { throw .link(await explain(headFailure), accepted: 0) }
  }

  /// Transfers with their bytes, which have not been started.
  private func slots(
    for transfers: [[UInt8]], to endpoint: EndpointAddress, timeout: Duration
  ) throws(LinkError) -> [StreamSlot] {
    let descriptor = try descriptor(of: endpoint)
    var slots: [StreamSlot] = []
    do throws(LinkError) {
      for bytes in transfers {
        var slot = try slot(descriptor, size: bytes.count)
        slot.request.buffer.store(bytes)
        slot.request.count = bytes.count
        slot.request.timeout = timeout
        slots.append(slot)
      }
    } catch {
      leave(slots)
      throw error
    }
    return slots
  }

  /// Starts all transfers, or none of them where a request fails.
  private func start(_ slots: [StreamSlot], asking queue: (any ReceiveQueue)?, for requests: [Int]) -> LinkError? {
    var failure: LinkError?
    calls.together {
      do throws(LinkError) {
        for size in requests { try queue?.request(size) }
        for slot in slots { slot.transfer.start(slot.request) }
      } catch {
        failure = error
      }
    }
    return failure
  }

  /// Waits for all. When one has failed, those behind it are cancelled: they would arrive without it.
  private static func firstFailure(of slots: [StreamSlot], timeout: Duration) async -> LinkError? {
    var failure: LinkError?
    for (index, slot) in slots.enumerated() {
      let completion = await slot.transfer.completion()
      guard failure == nil else { continue }
      failure = completion.error(endpoint: slot.request.endpoint, timeout: timeout)
      if failure == nil, completion.byteCount != slot.request.count {
        failure = .system(
          operation: "transfer \(slot.request.endpoint)", code: LibUSBCode.io, name: "short write")
      }
      if failure != nil { cancel(Array(slots[(index + 1)...])) }
    }
    return failure
  }

  private static func cancel(_ slots: [StreamSlot]) {
    for slot in slots.reversed() { slot.transfer.cancel() }
  }

  func receiveQueue(from endpoint: EndpointAddress) throws(LinkError) -> any ReceiveQueue {
    USBReceiveQueue(self, endpoint: try descriptor(of: endpoint))
  }

  func receive(
    atMost count: Int, from endpoint: EndpointAddress, timeout: Duration
  ) async throws(LinkError) -> ReceivedTransfer {
    guard count >= 0, count <= Self.transferLimit else { throw .unsupported(feature: "transfer of \(count) bytes") }
    let descriptor = try descriptor(of: endpoint)
    // Whole packets, so that a device that sends more than was asked for shows as such and does not babble.
    let room = descriptor.wholePackets(atLeast: count)
    let (completion, bytes) = try await transfer(capacity: room) { buffer in
      USBTransfer.Request(
        endpoint: endpoint, type: descriptor.transferType, buffer: buffer, count: room, timeout: timeout)
    } finish: { completion, buffer in
      (completion, buffer.bytes(min(completion.byteCount, count)))
    }
    if completion.byteCount > count { throw .overflow(endpoint: endpoint) }
    if completion.status == .timedOut, !bytes.isEmpty { return ReceivedTransfer(bytes: bytes, end: .timedOut) }
    if let error = completion.error(endpoint: endpoint, timeout: timeout) { throw await explain(error) }
    return ReceivedTransfer(bytes: bytes, end: descriptor.end(of: completion.byteCount))
  }

  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    guard data.count <= Int(UInt16.max) else { throw .unsupported(feature: "control data of \(data.count) bytes") }
    var setup = setup
    if !setup.isInput { setup.length = UInt16(data.count) }
    var packet: [UInt8] = []
    setup.serialize(into: &packet)
    if !setup.isInput { packet += data }
    let length = Int(setup.length)
    let (completion, bytes) = try await transfer(capacity: SetupPacket.byteCount + length) { [packet] buffer in
      buffer.store(packet)
      return USBTransfer.Request(
        endpoint: .zero, type: .control, buffer: buffer, count: SetupPacket.byteCount + length, timeout: timeout)
    } finish: { completion, buffer in
      (completion, buffer.bytes(min(completion.byteCount, length), from: SetupPacket.byteCount))
    }
    if let error = completion.error(endpoint: .zero, timeout: timeout) { throw await explain(error) }
    return setup.isInput ? bytes : []
  }

  /// Runs one transfer with a buffer of the link's; `finish` takes out what is wanted before the buffer goes back.
  private func transfer<Value>(
    capacity: Int, request: (TransferBuffer) -> USBTransfer.Request,
    finish: (TransferCompletion, TransferBuffer) -> Value
  ) async throws(LinkError) -> Value {
    guard let transfer = USBTransfer(calls: calls) else { throw Self.noMemory }
    guard transfers.enter(transfer) else { throw .disconnected }
    defer { transfers.leave(transfer) }
    guard let buffer = buffers.take(capacity) else { throw Self.noMemory }
    defer { buffers.give(buffer) }
    return finish(await transfer.run(request(buffer)), buffer)
  }

  static var noMemory: LinkError {
    .system(operation: "allocate", code: LibUSBCode.noMemory, name: LibUSBCode.name(LibUSBCode.noMemory))
  }
}

extension EndpointDescriptor {
  /// wMaxPacketSize without the bits that count transactions in a microframe (USB 2.0, 9.6.6).
  var packetSize: Int { max(1, Int(maximumPacketSize & 0x07FF)) }

  /// The least number of bytes in whole packets that holds `count`, at least one packet.
  func wholePackets(atLeast count: Int) -> Int { max(1, (count + packetSize - 1) / packetSize) * packetSize }

  /// The greatest number of bytes in whole packets that is not above `count`, at least one packet.
  func wholePackets(atMost count: Int) -> Int { max(1, count / packetSize) * packetSize }

  /// How an IN transfer of `count` bytes, which had room for whole packets, has ended.
  func end(of count: Int) -> TransferEnd {
    if count == 0 { return .zeroLengthPacket }
    return count % packetSize == 0 ? .bufferFull : .shortPacket
  }
}
