public import FlashImages
public import USBWire
import WireFormat

/// Where the bytes of a stream from a device go: a file, a digest, a counter.
public protocol StreamConsumer: Sendable {
  /// Takes the next bytes, in order; they are valid during the call only. An error ends the stream, which reports it.
  ///
  /// Over USB each call brings one transfer.
  func consume(_ bytes: RawSpan) throws(ImageError)

  /// Whether the stream is over when a transfer has ended short, which has been consumed by then: as soon as it does,
  /// unless the consumer says otherwise. Else what it was short by is asked for again, and the consumer also gets what
  /// came behind the end of the stream before that was noticed.
  var endsAtShortTransfer: Bool { get }
}

extension StreamConsumer {
  public var endsAtShortTransfer: Bool { true }
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
    var emptyInARow = 0
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
      emptyInARow = transfer.bytes.isEmpty ? emptyInARow + 1 : 0
      guard emptyInARow < EmptyTransfers.limit else {
        throw .link(.timedOut(after: idleLimit), accepted: received)
      }
      switch transfer.end {
      case .bufferFull, .stream: continue
      case .shortPacket, .zeroLengthPacket:
        if consumer.endsAtShortTransfer { return received }
      case .timedOut: throw .link(.timedOut(after: idleLimit), accepted: received)
      }
    }
    return received
  }
}
