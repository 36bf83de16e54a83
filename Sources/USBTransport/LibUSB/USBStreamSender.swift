import FlashCore
import FlashImages
import USBWire

/// Sends one stream of image data through a ring of transfers.
///
/// The transfers complete in the order in which they were started, so what was accepted is counted without gaps. Once
/// one has not completed in full, nothing more is started, the others are cancelled newest first (so that none of them
/// can still run after its elder is gone), and all are awaited.
struct USBStreamSender: Sendable {
  private let slots: [StreamSlot]
  private let transferSize: Int
  private let idleLimit: Duration
  private let monitor: StreamMonitor

  init(slots: [StreamSlot], transferSize: Int, idleLimit: Duration, clock: any LinkClock) {
    self.slots = slots
    self.transferSize = transferSize
    self.idleLimit = idleLimit
    monitor = StreamMonitor(transfers: slots.map(\.transfer), clock: clock)
  }

  func send(_ image: ImageStream, byteCount: UInt64) async throws(StreamError) {
    let result = await withTaskCancellationHandler {
      await monitor.watching(idleLimit: idleLimit) { await pump(image, byteCount: byteCount) }
    } onCancel: {
      monitor.stop(.cancelled)
    }
    try result.get()
  }

  private func pump(_ image: ImageStream, byteCount: UInt64) async -> Result<Void, StreamError> {
    var position: UInt64 = 0
    var accepted: UInt64 = 0
    var failure: StreamError?
    var lengths: [Int] = []
    var oldest = 0
    while true {
      while failure == nil, position < byteCount, lengths.count < slots.count {
        let index = (oldest + lengths.count) % slots.count
        do throws(StreamError) {
          let length = try slots[index].request.buffer.fill(
            from: image, upTo: transferSize, position: position, of: byteCount)
          position += UInt64(length)
          lengths.append(length)
          start(index, length)
        } catch {
          // What is under way is good data; it may arrive.
          failure = error
        }
      }
      guard !lengths.isEmpty else { break }
      let completion = await slots[oldest].transfer.completion()
      let length = lengths.removeFirst()
      monitor.completed(left: lengths.count)
      if let cause = problem(completion, length: length, endpoint: slots[oldest].request.endpoint) {
        monitor.stop(cause)
        if failure == nil {
          accepted += UInt64(min(completion.byteCount, length))
          failure = .link(monitor.reason ?? cause, accepted: accepted)
        }
      } else {
        accepted += UInt64(length)
      }
      oldest = (oldest + 1) % slots.count
    }
    return failure.map { .failure($0) } ?? .success(())
  }

  private func start(_ index: Int, _ length: Int) {
    var request = slots[index].request
    request.count = length
    monitor.start(index, request)
  }

  private func problem(_ completion: TransferCompletion, length: Int, endpoint: EndpointAddress) -> LinkError? {
    if let error = completion.error(endpoint: endpoint, timeout: idleLimit) { return error }
    guard completion.byteCount == length else {
      return .system(operation: "transfer \(endpoint)", code: LibUSBCode.io, name: "short write")
    }
    return nil
  }
}
