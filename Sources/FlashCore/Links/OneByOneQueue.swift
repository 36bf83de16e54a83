public import FlashImages
import Synchronization
public import USBWire

/// A queue for links that gain nothing from several requests in flight: each is made when it is waited for.
public final class OneByOneQueue: ReceiveQueue {
  private let link: any Link
  private let endpoint: EndpointAddress
  private let sizes = Mutex<[Int]>([])

  public let depth = 16

  public init(_ link: any Link, from endpoint: EndpointAddress) {
    self.link = link
    self.endpoint = endpoint
  }

  public func request(_ byteCount: Int) throws(LinkError) { sizes.withLock { $0.append(max(1, byteCount)) } }

  public func next(limit: Duration) async -> ReceiveCompletion? {
    let size = sizes.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    guard let size else { return nil }
    do throws(LinkError) {
      let transfer = try await link.receive(atMost: size, from: endpoint, timeout: limit)
      let error: LinkError? = transfer.end == .timedOut ? .timedOut(after: limit) : nil
      if error != nil { takeBack() }
      return ReceiveCompletion(
        piece: ReceivedBytes(transfer.bytes), isFull: transfer.bytes.count == size, error: error)
    } catch {
      takeBack()
      return ReceiveCompletion(piece: ReceivedBytes([]), isFull: false, error: error)
    }
  }

  public func cancel() async -> [UInt8] {
    takeBack()
    return []
  }

  private func takeBack() { sizes.withLock { $0 = [] } }
}

extension Link {
  /// One transfer after the other.
  public func send(
    each transfers: [[UInt8]], to endpoint: EndpointAddress, timeout: Duration, asking queue: (any ReceiveQueue)?,
    for requests: [Int]
  ) async throws(LinkError) {
    for size in requests { try queue?.request(size) }
    for bytes in transfers { try await send(bytes, to: endpoint, terminated: false, timeout: timeout) }
  }

  /// The transfers, then the stream.
  public func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    behind head: StreamHead
  ) async throws(StreamError) {
    do throws(LinkError) {
      try await send(
        each: head.transfers, to: endpoint, timeout: idleLimit, asking: head.queue, for: head.requests)
    } catch { throw .link(error, accepted: 0) }
    try await sendStream(
      image, byteCount: byteCount, to: endpoint, transferSize: transferSize, idleLimit: idleLimit)
  }

  public func receiveQueue(from endpoint: EndpointAddress) throws(LinkError) -> any ReceiveQueue {
    OneByOneQueue(self, from: endpoint)
  }
}
