public import FlashImages
public import USBWire
import WireFormat

/// Where the bytes of a stream from a device go: a file, a digest, a counter.
public protocol StreamConsumer: Sendable {
  /// Takes the next bytes, in order; they are valid during the call only. An error ends the stream, which reports it.
  func consume(_ bytes: RawSpan) throws(ImageError)
}

extension OutputFile: StreamConsumer {
  public func consume(_ bytes: RawSpan) throws(ImageError) {
    try unsafe bytes.withUnsafeBytes { buffer throws(ImageError) in try unsafe append(buffer) }
  }
}

extension Link {
  /// One transfer after the other: for links that gain nothing from several in flight.
  public func receiveStream(
    byteCount: UInt64, from endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    into consumer: any StreamConsumer
  ) async throws(StreamError) -> UInt64 {
    var received: UInt64 = 0
    while received < byteCount {
      let wanted = Int(min(UInt64(max(1, transferSize)), byteCount - received))
      let transfer: ReceivedTransfer
      do throws(LinkError) {
        transfer = try await receive(atMost: wanted, from: endpoint, timeout: idleLimit)
      } catch {
        throw .link(error, accepted: received)
      }
      do throws(ImageError) { try consumer.consume(transfer.bytes.rawSpan) } catch { throw .image(error) }
      received += UInt64(transfer.bytes.count)
      switch transfer.end {
      case .bufferFull, .stream: continue
      case .shortPacket, .zeroLengthPacket: return received
      case .timedOut: throw .link(.timedOut(after: idleLimit), accepted: received)
      }
    }
    return received
  }
}
