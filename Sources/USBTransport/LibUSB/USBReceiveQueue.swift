import FlashCore
import FlashImages
import USBWire

/// Requests at an IN endpoint that are in flight before anybody waits for them.
///
/// The transfers have no time limit of their own: one that was asked for long ago is not late. Whoever waits says how long,
/// and one task for the whole queue keeps that limit, so that a wait that ends soon costs no timer. A transfer leaves the
/// link's registry when libusb has let go of it, so that the link can be closed whether or not somebody takes it.
final class USBReceiveQueue: ReceiveQueue {
  private struct Slot: Sendable {
    var transfer: USBTransfer
    var request: USBTransfer.Request
  }

  private struct State {
    /// The oldest first.
    var slots: [Slot] = []
    /// Until when somebody waits, if anybody does.
    var deadline: Duration?
    var hasExpired = false
    /// The task that keeps the limit, and when it looks next.
    var watch: Task<Void, Never>?
    var nextLook = Duration.zero
  }

  private let calls: DeviceCalls
  private let transfers: TransferRegistry
  private let buffers: BufferPool
  private let clock: any LinkClock
  private let endpoint: EndpointDescriptor
  private let state = Locked(State())

  let depth: Int

  init(_ link: USBLink, endpoint: EndpointDescriptor) {
    calls = link.calls
    transfers = link.transfers
    buffers = link.buffers
    clock = link.clock
    depth = link.streamDepth
    self.endpoint = endpoint
  }

  deinit {
    state.withLock { $0.watch?.cancel() }
    takeBack()
  }

  func request(_ byteCount: Int) throws(LinkError) {
    let size = endpoint.wholePackets(atLeast: byteCount)
    let registry = transfers
    guard let transfer = USBTransfer(calls: calls, whenEnded: { registry.leave($0) }) else { throw USBLink.noMemory }
    guard transfers.enter(transfer) else { throw .disconnected }
    guard let buffer = buffers.take(size) else {
      transfers.leave(transfer)
      throw USBLink.noMemory
    }
    let request = USBTransfer.Request(
      endpoint: endpoint.address, type: endpoint.transferType, buffer: buffer, count: size)
    state.withLock { $0.slots.append(Slot(transfer: transfer, request: request)) }
    transfer.start(request)
  }

  func next(limit: Duration) async -> ReceiveCompletion? {
    guard let slot = begin(until: clock.now + limit) else { return nil }
    let completion = await withTaskCancellationHandler {
      await slot.transfer.completion()
    } onCancel: {
      takeBack()
    }
    // One that libusb has refused has not left by itself.
    transfers.leave(slot.transfer)
    let hasExpired = state.withLock { state in
      state.slots.removeFirst()
      state.deadline = nil
      return state.hasExpired
    }
    let error =
      completion.status == .cancelled && hasExpired
      ? LinkError.timedOut(after: limit) : completion.error(endpoint: endpoint.address, timeout: limit)
    return ReceiveCompletion(
      piece: ReceivedBuffer(slot.request.buffer, byteCount: completion.byteCount, of: buffers),
      isFull: completion.byteCount == slot.request.count, error: error)
  }

  func cancel() async -> [UInt8] {
    takeBack()
    var bytes: [UInt8] = []
    for slot in state.withLock({ $0.slots }) {
      let completion = await slot.transfer.completion()
      transfers.leave(slot.transfer)
      bytes += slot.request.buffer.bytes(completion.byteCount)
      buffers.give(slot.request.buffer)
    }
    state.withLock { state in
      state.slots = []
      state.watch?.cancel()
      state.watch = nil
    }
    return bytes
  }

  /// The newest first, so that none can still run after its elder is gone.
  private func takeBack() {
    for slot in state.withLock({ $0.slots }).reversed() { slot.transfer.cancel() }
  }

  // MARK: The limit

  private func begin(until deadline: Duration) -> Slot? {
    state.withLock { state in
      guard let first = state.slots.first else { return nil }
      state.hasExpired = false
      state.deadline = deadline
      if state.watch == nil || deadline < state.nextLook {
        state.watch?.cancel()
        state.nextLook = deadline
        state.watch = Task { [weak self, clock] in
          var look = deadline
          while (try? await clock.sleep(for: look - clock.now)) != nil, let next = self?.look(at: clock.now) {
            look = next
          }
        }
      }
      return first
    }
  }

  /// Takes everything back where the limit has passed. Returns when to look again, unless there is nothing to look for.
  private func look(at now: Duration) -> Duration? {
    let (next, isLate) = state.withLock { state -> (Duration?, Bool) in
      guard !Task.isCancelled, !state.slots.isEmpty else {
        if !Task.isCancelled { state.watch = nil }
        return (nil, false)
      }
      let isLate = state.deadline.map { $0 <= now } ?? false
      if isLate { state.hasExpired = true }
      // With nobody waiting it looks again in a while: a wait that begins before has a later limit, or begins its own watch.
      state.nextLook = isLate ? now + .seconds(1) : state.deadline ?? now + .seconds(1)
      return (state.nextLook, isLate)
    }
    if isLate { takeBack() }
    return next
  }
}

/// What a transfer has brought, in its own buffer, which goes back to the link when nobody needs it any more.
private final class ReceivedBuffer: ReceivedPiece {
  private let buffer: TransferBuffer
  private let pool: BufferPool
  let byteCount: Int

  init(_ buffer: TransferBuffer, byteCount: Int, of pool: BufferPool) {
    self.buffer = buffer
    self.byteCount = byteCount
    self.pool = pool
  }

  deinit { pool.give(buffer) }

  func hand(_ range: Range<Int>, to consumer: any StreamConsumer) throws(ImageError) {
    let range = range.clamped(to: 0..<byteCount)
    let bytes = unsafe UnsafeRawBufferPointer(start: buffer.base + range.lowerBound, count: range.count)
    try unsafe consumer.consume(bytes.bytes)
  }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<byteCount)
    return buffer.bytes(range.count, from: range.lowerBound)
  }
}
