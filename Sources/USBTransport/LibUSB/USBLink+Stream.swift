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
    let depth = Int(min(UInt64(streamDepth), (byteCount - 1) / UInt64(size) + 1))
    var slots: [StreamSlot] = []
    defer { leave(slots) }
    for _ in 0..<depth {
      guard let transfer = USBTransfer(calls: calls) else { throw .link(Self.noMemory, accepted: 0) }
      guard transfers.enter(transfer) else { throw .link(.disconnected, accepted: 0) }
      guard let buffer = buffers.take(size) else {
        transfers.leave(transfer)
        throw .link(Self.noMemory, accepted: 0)
      }
      slots.append(
        StreamSlot(
          transfer: transfer,
          request: .init(endpoint: endpoint, type: descriptor.transferType, buffer: buffer, count: 0)))
    }
    let sender = USBStreamSender(slots: slots, transferSize: size, idleLimit: idleLimit, clock: clock)
    do throws(StreamError) { try await sender.send(image, byteCount: byteCount) } catch {
      guard case .link(let cause, let accepted) = error else { throw error }
      throw .link(await explain(cause), accepted: accepted)
    }
  }

  private func leave(_ slots: [StreamSlot]) {
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
