import CUSBShim
import FlashCore
import USBWire

/// One libusb transfer, which can be used again and again until it is cancelled.
///
/// While it is in flight it keeps itself and its buffer alive, and its buffer is the kernel's until libusb's callback
/// has run. `start` begins it, `completion` waits for it: between the two, others can be started.
@safe final class USBTransfer: Sendable {
  struct Request: Sendable {
    var endpoint: EndpointAddress
    var type: EndpointDescriptor.TransferType
    var buffer: TransferBuffer
    var count: Int
    /// Whether a zero-length packet follows an OUT transfer that fills its last packet.
    var addsZeroPacket = false
    /// `nil`: no limit, somebody else watches.
    var timeout: Duration?
  }

  private enum Phase {
    case idle
    case inFlight(TransferBuffer, waiter: CheckedContinuation<TransferCompletion, Never>?)
    case ended(TransferCompletion)
  }

  private struct State {
    /// Stays set: what was cancelled begins no more.
    var isCancelled = false
    var phase = Phase.idle
  }

  /// Touched while the transfer is idle by who starts it, and by libusb from then until its callback has run.
  private nonisolated(unsafe) let raw: UnsafeMutablePointer<libusb_transfer>
  private let calls: DeviceCalls
  private let state = Locked(State())
  /// Runs when libusb has let go of a transfer that nobody need be waiting for.
  private let whenEnded: (@Sendable (USBTransfer) -> Void)?

  /// `nil` when there is no memory left.
  init?(calls: DeviceCalls, whenEnded: (@Sendable (USBTransfer) -> Void)? = nil) {
    guard let raw = unsafe libusb_alloc_transfer(0) else { return nil }
    unsafe self.raw = raw
    self.calls = calls
    self.whenEnded = whenEnded
  }

  deinit { unsafe libusb_free_transfer(raw) }

  /// Starts the transfer and waits for it. Cancelling the task cancels the transfer, and this still returns only after
  /// libusb has let go of the buffer.
  func run(_ request: Request) async -> TransferCompletion {
    await withTaskCancellationHandler {
      start(request)
      return await completion()
    } onCancel: {
      cancel()
    }
  }

  /// Hands the transfer to libusb. What keeps it from being begun shows in `completion`.
  func start(_ request: Request) {
    state.withLock { state in
      guard case .idle = state.phase else { return }
      guard !state.isCancelled else {
        state.phase = .ended(.cancelled)
        return
      }
      prepare(request)
      unsafe raw.pointee.user_data = Unmanaged.passRetained(self).toOpaque()
      let code = unsafe calls.submit(raw)
      if code == 0 {
        state.phase = .inFlight(request.buffer, waiter: nil)
      } else {
        unsafe Unmanaged<USBTransfer>.fromOpaque(raw.pointee.user_data).release()
        state.phase = .ended(TransferCompletion(status: .refused(code), byteCount: 0))
      }
    }
  }

  private func prepare(_ request: Request) {
    unsafe raw.pointee.endpoint = request.endpoint.rawValue
    unsafe raw.pointee.type = request.type.rawValue
    unsafe raw.pointee.flags =
      request.addsZeroPacket ? UInt8(truncatingIfNeeded: LIBUSB_TRANSFER_ADD_ZERO_PACKET.rawValue) : 0
    unsafe raw.pointee.timeout = request.timeout.map(Self.milliseconds) ?? 0
    unsafe raw.pointee.buffer = request.buffer.base.assumingMemoryBound(to: UInt8.self)
    unsafe raw.pointee.length = Int32(clamping: min(request.count, request.buffer.capacity))
    unsafe raw.pointee.num_iso_packets = 0
    unsafe raw.pointee.callback = transferHasEnded
  }

  /// libusb's unit, rounded up, since zero means no limit.
  static func milliseconds(_ duration: Duration) -> UInt32 {
    let (seconds, attoseconds) = duration.components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? 1 : UInt32.max }
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return UInt32(clamping: max(1, milliseconds.addingReportingOverflow(part).partialValue))
  }

  /// Waits for what was started; then the transfer can be started again. Not ended by cancelling the task: `cancel` is.
  func completion() async -> TransferCompletion {
    await withCheckedContinuation { continuation in
      let completion = state.withLock { state -> TransferCompletion? in
        switch state.phase {
        case .ended(let completion):
          state.phase = .idle
          return completion
        case .inFlight(let buffer, waiter: _):
          state.phase = .inFlight(buffer, waiter: continuation)
          return nil
        case .idle:
          return .cancelled
        }
      }
      if let completion { continuation.resume(returning: completion) }
    }
  }

  /// Asks for the transfer's end if it is in flight, and keeps it from being started again.
  func cancel() {
    let isInFlight = state.withLock { state -> Bool in
      state.isCancelled = true
      if case .inFlight = state.phase { return true }
      return false
    }
    if isInFlight { _ = unsafe calls.cancel(raw) }
  }

  /// Runs on the event thread, with the reference that `start` took.
  fileprivate func end() {
    let completion = TransferCompletion(
      status: .init(unsafe raw.pointee.status), byteCount: max(0, Int(unsafe raw.pointee.actual_length)))
    let waiter = state.withLock { state -> CheckedContinuation<TransferCompletion, Never>? in
      guard case .inFlight(_, let waiter?) = state.phase else {
        state.phase = .ended(completion)
        return nil
      }
      state.phase = .idle
      return waiter
    }
    whenEnded?(self)
    waiter?.resume(returning: completion)
  }
}

/// libusb's callback.
private func transferHasEnded(_ raw: UnsafeMutablePointer<libusb_transfer>?) {
  guard let context = unsafe raw?.pointee.user_data else { return }
  unsafe Unmanaged<USBTransfer>.fromOpaque(context).takeRetainedValue().end()
}
