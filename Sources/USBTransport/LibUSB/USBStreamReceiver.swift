import FlashCore
import FlashImages
import USBWire

/// Receives one stream of data through a ring of transfers.
///
/// The transfers complete in the order in which they were started, and together ask for no more than is still missing.
/// A transfer that ends short ends the stream unless the consumer says otherwise: nothing more is started, the others are
/// cancelled newest first, and all are awaited.
struct USBStreamReceiver: Sendable {
  private let slots: [StreamSlot]
  private let endpoint: EndpointDescriptor
  private let transferSize: Int
  private let idleLimit: Duration
  private let monitor: StreamMonitor

  /// `transferSize`: in whole packets.
  init(
    slots: [StreamSlot], endpoint: EndpointDescriptor, transferSize: Int, idleLimit: Duration, clock: any LinkClock
  ) {
    self.slots = slots
    self.endpoint = endpoint
    self.transferSize = transferSize
    self.idleLimit = idleLimit
    monitor = StreamMonitor(transfers: slots.map(\.transfer), clock: clock)
  }

  func receive(_ byteCount: UInt64, into consumer: any StreamConsumer) async throws(StreamError) -> UInt64 {
    let result = await withTaskCancellationHandler {
      await monitor.watching(idleLimit: idleLimit) { await pump(byteCount, into: consumer) }
    } onCancel: {
      monitor.stop(.cancelled)
    }
    return try result.get()
  }

  /// What has become of the stream so far.
  private struct Progress {
    let wanted: UInt64
    /// Short transfers end nothing; what comes in other pieces than it was asked for in is the consumer's to sort out.
    let isLoose: Bool
    var delivered: UInt64 = 0
    var isEnded = false
    var failure: StreamError?
    /// What came behind the end.
    var surplus = 0
    var emptyInARow = 0
    /// What the transfers in flight ask for, the oldest first.
    var lengths: [Int] = []

    var goesOn: Bool { !isEnded && failure == nil }
    /// What nobody has been asked for yet.
    var unasked: UInt64 {
      let asked = delivered + UInt64(lengths.reduce(0, +))
      return goesOn && asked < wanted ? wanted - asked : 0
    }
  }

  private func pump(_ byteCount: UInt64, into consumer: any StreamConsumer) async -> Result<UInt64, StreamError> {
    var progress = Progress(wanted: byteCount, isLoose: !consumer.endsAtShortTransfer)
    var oldest = 0
    while true {
      while progress.unasked > 0, progress.lengths.count < slots.count {
        let length = Int(min(UInt64(transferSize), progress.unasked))
        start((oldest + progress.lengths.count) % slots.count, length)
        progress.lengths.append(length)
      }
      guard !progress.lengths.isEmpty else { break }
      let completion = await slots[oldest].transfer.completion()
      let length = progress.lengths.removeFirst()
      monitor.completed(left: progress.lengths.count)
      if progress.goesOn {
        take(completion, of: length, from: slots[oldest].request.buffer, into: consumer, &progress)
        if !progress.goesOn { monitor.stop(.cancelled) }
      } else {
        takeLate(completion, from: slots[oldest].request.buffer, into: consumer, &progress)
      }
      oldest = (oldest + 1) % slots.count
    }
    if progress.failure == nil, progress.surplus > 0 {
      progress.failure = .link(.overflow(endpoint: endpoint.address), accepted: progress.delivered)
    }
    return progress.failure.map { .failure($0) } ?? .success(progress.delivered)
  }

  /// Asks for whole packets, so that a device that sends more than it should shows as such and does not babble.
  private func start(_ index: Int, _ length: Int) {
    var request = slots[index].request
    request.count = endpoint.wholePackets(atLeast: length)
    monitor.start(index, request)
  }

  /// Hands on what a transfer has brought, also one that failed, and finds out whether the stream goes on.
  private func take(
    _ completion: TransferCompletion, of length: Int, from buffer: TransferBuffer, into consumer: any StreamConsumer,
    _ progress: inout Progress
  ) {
    let count = progress.isLoose ? completion.byteCount : min(completion.byteCount, length)
    do throws(StreamError) { if count > 0 { try buffer.hand(count, to: consumer) } } catch {
      progress.failure = error
      return
    }
    progress.delivered += min(UInt64(count), progress.wanted - progress.delivered)
    progress.emptyInARow = count == 0 ? progress.emptyInARow + 1 : 0
    if let error = completion.error(endpoint: endpoint.address, timeout: idleLimit) {
      progress.failure = .link(monitor.reason ?? error, accepted: progress.delivered)
    } else if progress.emptyInARow >= EmptyTransfers.limit {
      progress.failure = .link(.timedOut(after: idleLimit), accepted: progress.delivered)
    } else if completion.byteCount > count {
      progress.failure = .link(.overflow(endpoint: endpoint.address), accepted: progress.delivered)
    } else {
      let isShort = completion.byteCount < endpoint.wholePackets(atLeast: length)
      progress.isEnded = progress.delivered == progress.wanted || isShort && consumer.endsAtShortTransfer
    }
  }

  /// What a transfer brought that was in flight when the stream ended.
  private func takeLate(
    _ completion: TransferCompletion, from buffer: TransferBuffer, into consumer: any StreamConsumer,
    _ progress: inout Progress
  ) {
    guard completion.byteCount > 0 else { return }
    guard progress.isLoose, progress.failure == nil else {
      progress.surplus += completion.byteCount
      return
    }
    do throws(StreamError) { try buffer.hand(completion.byteCount, to: consumer) } catch { progress.failure = error }
  }
}
