import FlashCore
import FlashImages
import USBWire

extension USBLink {
  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    guard byteCount > 0 else { return }
    let descriptor: EndpointDescriptor
    do throws(LinkError) { descriptor = try self.descriptor(of: endpoint) } catch { throw .link(error, accepted: 0) }
    // Whole packets: a short one in mid-stream would end the device's request for data.
    let size = descriptor.wholePackets(atMost: min(max(1, transferSize), Int(Int32.max / 2)))
    let slots = try enter(descriptor, size: size, byteCount: byteCount)
    defer { leave(slots) }
    let sender = USBStreamSender(slots: slots, transferSize: size, idleLimit: idleLimit, clock: clock)
    do throws(StreamError) { try await sender.send(image, byteCount: byteCount) } catch {
      throw await explain(error)
    }
  }

  func receiveStream(
    byteCount: UInt64, from endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    into consumer: any StreamConsumer
  ) async throws(StreamError) -> UInt64 {
    guard byteCount > 0 else { return 0 }
    let descriptor: EndpointDescriptor
    do throws(LinkError) { descriptor = try self.descriptor(of: endpoint) } catch { throw .link(error, accepted: 0) }
    let size = descriptor.wholePackets(atMost: min(max(1, transferSize), Int(Int32.max / 2)))
    let slots = try enter(descriptor, size: size, byteCount: byteCount)
    defer { leave(slots) }
    let receiver = USBStreamReceiver(
      slots: slots, endpoint: descriptor, transferSize: size, idleLimit: idleLimit, clock: clock)
    do throws(StreamError) { return try await receiver.receive(byteCount, into: consumer) } catch {
      throw await explain(error)
    }
  }

  private func explain(_ error: StreamError) async -> StreamError {
    guard case .link(let cause, let accepted) = error else { return error }
    return .link(await explain(cause), accepted: accepted)
  }

  /// Transfers and buffers for a stream: as many as are to be in flight, or fewer for a short stream.
  private func enter(
    _ descriptor: EndpointDescriptor, size: Int, byteCount: UInt64
  ) throws(StreamError) -> [StreamSlot] {
    let depth = Int(min(UInt64(streamDepth), (byteCount - 1) / UInt64(size) + 1))
    var slots: [StreamSlot] = []
    do throws(LinkError) {
      for _ in 0..<depth { slots.append(try slot(descriptor, size: size)) }
    } catch {
      leave(slots)
      throw .link(error, accepted: 0)
    }
    return slots
  }

  func slot(_ descriptor: EndpointDescriptor, size: Int) throws(LinkError) -> StreamSlot {
    guard let transfer = USBTransfer(calls: calls) else { throw Self.noMemory }
    guard transfers.enter(transfer) else { throw .disconnected }
    guard let buffer = buffers.take(size) else {
      transfers.leave(transfer)
      throw Self.noMemory
    }
    return StreamSlot(
      transfer: transfer,
      request: .init(endpoint: descriptor.address, type: descriptor.transferType, buffer: buffer, count: 0))
  }

  func leave(_ slots: [StreamSlot]) {
    for slot in slots {
      buffers.give(slot.request.buffer)
      transfers.leave(slot.transfer)
    }
  }
}

/// One of the transfers that a stream keeps in flight, with its buffer.
struct StreamSlot: Sendable {
  var transfer: USBTransfer
  var request: USBTransfer.Request
}
