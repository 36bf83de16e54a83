import FlashCore
import FlashImages
import Glibc
import USBWire

/// Long runs of bytes, through memory that is used again and again.
extension ByteStreamLink {
  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    do throws(LinkError) { try enter() } catch { throw .link(error, accepted: 0) }
    defer { leave() }
    let size = min(max(1, transferSize), descriptor.pieceLimit)
    guard var current = TransferBuffer(capacity: size), var spare = TransferBuffer(capacity: size) else {
      throw .link(.system(operation: "malloc", code: ENOMEM), accepted: 0)
    }
    var sent: UInt64 = 0
    var count = try current.fill(from: image, upTo: size, position: 0, of: byteCount)
    var position = UInt64(count)
    while count > 0 {
      // The next piece is read from the file while this one leaves.
      async let next = Self.read(image, into: spare, position: position, of: byteCount)
      do throws(LinkError) {
        try await write(current, count: count, idleLimit: idleLimit, sent: &sent)
      } catch {
        _ = await next
        throw .link(error, accepted: sent)
      }
      count = try await next.get()
      swap(&current, &spare)
      position += UInt64(count)
    }
  }

  private static func read(
    _ image: ImageStream, into buffer: TransferBuffer, position: UInt64, of byteCount: UInt64
  ) async -> Result<Int, StreamError> {
    do throws(StreamError) {
      return .success(try buffer.fill(from: image, upTo: buffer.capacity, position: position, of: byteCount))
    } catch {
      return .failure(error)
    }
  }

  func receiveStream(
    byteCount: UInt64, from endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    into consumer: any StreamConsumer
  ) async throws(StreamError) -> UInt64 {
    do throws(LinkError) { try enter() } catch { throw .link(error, accepted: 0) }
    defer { leave() }
    let size = min(max(1, transferSize), descriptor.pieceLimit)
    guard let buffer = TransferBuffer(capacity: size) else {
      throw .link(.system(operation: "malloc", code: ENOMEM), accepted: 0)
    }
    var received: UInt64 = 0
    while received < byteCount {
      let wanted = Int(min(UInt64(size), byteCount - received))
      let count: Int
      do throws(LinkError) { count = try await read(into: buffer, atMost: wanted, idleLimit: idleLimit) } catch {
        throw .link(error, accepted: received)
      }
      try buffer.hand(count, to: consumer)
      received += UInt64(count)
    }
    return received
  }

  /// Reads what there is, as soon as there is something.
  private func read(into buffer: TransferBuffer, atMost count: Int, idleLimit: Duration) async throws(LinkError) -> Int
  {
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let result = unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(start: buffer.base, count: count))
      if result == 0 { throw .disconnected }
      if result > 0 { return result }
      try await recover(from: errno, operation: descriptor.readName, until: .readable, idleLimit: idleLimit)
    }
  }

  /// Writes the first `count` bytes of the buffer, counting in `sent` what the system has taken.
  func write(
    _ buffer: TransferBuffer, count: Int, idleLimit: Duration, sent: inout UInt64
  ) async throws(LinkError) {
    var offset = 0
    while offset < count {
      guard !Task.isCancelled else { throw .cancelled }
      let taken = unsafe descriptor.write(UnsafeRawBufferPointer(start: buffer.base + offset, count: count - offset))
      if taken >= 0 {
        offset += taken
        sent += UInt64(taken)
      } else {
        try await recover(from: errno, operation: descriptor.writeName, until: .writable, idleLimit: idleLimit)
      }
    }
  }
}
