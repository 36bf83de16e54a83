import CUSBShim
import Dispatch

@testable import USBTransport

/// A USB device and its transfer library, as far as a link can tell.
///
/// Transfers end on another thread, never within `submit`, as libusb's do.
final class FakeDevice: Sendable {
  /// What a link handed over.
  struct Submission: Equatable, Sendable {
    var endpoint: UInt8
    var type: UInt8
    var flags: UInt8
    var timeout: UInt32
    var bytes: [UInt8]
    var count: Int
  }

  enum Answer: Sendable {
    case complete(status: libusb_transfer_status = LIBUSB_TRANSFER_COMPLETED, count: Int? = nil, data: [UInt8] = [])
    /// Stays in flight until it is cancelled; then so many bytes have moved.
    case hang(moved: Int = 0)
    case refuse(Int32)
  }

  struct InFlight: @unchecked Sendable {
    var raw: UnsafeMutablePointer<libusb_transfer>
    var moved: Int
  }

  private struct State {
    var submissions: [Submission] = []
    var held: [InFlight] = []
    var inFlight = 0
    var mostInFlight = 0
    /// Endpoint bytes are not unique to a transfer; the first byte sent tells the order.
    var cancelled: [[UInt8]] = []
    var callsMade: [String] = []
    var allocations = 0
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Locked(State())
  private let queue = DispatchQueue(label: "fake events")
  private let answer: @Sendable (_ index: Int, Submission) -> Answer
  private let codes: [String: Int32]

  /// `codes` are the results of calls by their description, such as `claim 1`; everything else succeeds.
  init(
    codes: [String: Int32] = [:],
    answer: @escaping @Sendable (_ index: Int, Submission) -> Answer = { _, _ in .complete() }
  ) {
    self.codes = codes
    self.answer = answer
  }

  var submissions: [Submission] { state.withLock { $0.submissions } }
  var mostInFlight: Int { state.withLock { $0.mostInFlight } }
  var inFlight: Int { state.withLock { $0.inFlight } }
  var cancelled: [[UInt8]] { state.withLock { $0.cancelled } }
  var callsMade: [String] { state.withLock { $0.callsMade } }
  var allocations: Int { state.withLock { $0.allocations } }

  /// Returns when `count` transfers have been handed over.
  func submitted(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state -> Bool in
        if state.submissions.count < count { state.waiters.append((count, continuation)) }
        return state.submissions.count >= count
      }
      if isThere { continuation.resume() }
    }
  }

  var calls: DeviceCalls {
    DeviceCalls(
      submit: { self.submit($0) }, cancel: { self.cancel($0) }, allocate: { self.allocate($0) },
      claim: { self.call("claim \($0)") }, release: { self.call("release \($0)") },
      setAlternate: { self.call("alternate \($0) \($1)") }, clearHalt: { self.call("clear halt \($0)") },
      detachDriver: { self.call("detach \($0)") }, close: { _ = self.call("close") })
  }

  private func call(_ description: String) -> Int32 {
    state.withLock { $0.callsMade.append(description) }
    return codes[description] ?? 0
  }

  private func allocate(_ capacity: Int) -> TransferBuffer? {
    state.withLock { $0.allocations += 1 }
    return TransferBuffer(capacity: capacity)
  }

  private func submit(_ raw: UnsafeMutablePointer<libusb_transfer>) -> Int32 {
    let isInput = raw.pointee.endpoint & 0x80 != 0
    let submission = Submission(
      endpoint: raw.pointee.endpoint, type: raw.pointee.type, flags: raw.pointee.flags, timeout: raw.pointee.timeout,
      bytes: isInput ? [] : Array(UnsafeBufferPointer(start: raw.pointee.buffer, count: Int(raw.pointee.length))),
      count: Int(raw.pointee.length))
    let (index, ready) = state.withLock { state -> (Int, [CheckedContinuation<Void, Never>]) in
      state.submissions.append(submission)
      let ready = state.waiters.filter { $0.count <= state.submissions.count }.map(\.continuation)
      state.waiters.removeAll { $0.count <= state.submissions.count }
      return (state.submissions.count - 1, ready)
    }
    defer { for continuation in ready { continuation.resume() } }
    switch answer(index, submission) {
    case .refuse(let code): return code
    case .hang(let moved): begin(InFlight(raw: raw, moved: moved), isHeld: true)
    case .complete(let status, let count, let data):
      let offset = raw.pointee.type == 0 ? 8 : 0
      let transfer = InFlight(raw: raw, moved: count ?? (data.isEmpty ? Int(raw.pointee.length) - offset : data.count))
      begin(transfer, isHeld: false)
      queue.async {
        for (index, byte) in data.enumerated() { transfer.raw.pointee.buffer[offset + index] = byte }
        self.finish(transfer, status)
      }
    }
    return 0
  }

  private func begin(_ transfer: InFlight, isHeld: Bool) {
    state.withLock { state in
      state.inFlight += 1
      state.mostInFlight = max(state.mostInFlight, state.inFlight)
      if isHeld { state.held.append(transfer) }
    }
  }

  private func cancel(_ raw: UnsafeMutablePointer<libusb_transfer>) -> Int32 {
    let transfer = state.withLock { state -> InFlight? in
      guard let index = state.held.firstIndex(where: { $0.raw == raw }) else { return nil }
      let length = raw.pointee.endpoint & 0x80 == 0 ? min(1, Int(raw.pointee.length)) : 0
      state.cancelled.append(Array(UnsafeBufferPointer(start: raw.pointee.buffer, count: length)))
      return state.held.remove(at: index)
    }
    guard let transfer else { return LIBUSB_ERROR_NOT_FOUND.rawValue }
    queue.async { self.finish(transfer, LIBUSB_TRANSFER_CANCELLED) }
    return 0
  }

  /// Ends the transfers that are held, in their order.
  func finishHeld(_ status: libusb_transfer_status) {
    let held = state.withLock { state -> [InFlight] in
      defer { state.held = [] }
      return state.held
    }
    queue.async { for transfer in held { self.finish(transfer, status) } }
  }

  private func finish(_ transfer: InFlight, _ status: libusb_transfer_status) {
    state.withLock { $0.inFlight -= 1 }
    transfer.raw.pointee.status = status
    transfer.raw.pointee.actual_length = Int32(transfer.moved)
    transfer.raw.pointee.callback(transfer.raw)
  }
}
