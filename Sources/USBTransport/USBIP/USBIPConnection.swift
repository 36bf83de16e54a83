import CUSBShim
import FlashCore
import Glibc
import USBWire

/// An imported device's connection: transfers go out from whoever submits them, answers come in on a thread of its own.
///
/// Submitting sends as much as the socket takes at once; the thread sends the rest, in order. It also keeps the
/// transfers' time limits, and runs every callback.
final class USBIPConnection: Sendable {
  private struct State {
    var table: USBIPTransferTable
    var outbox = USBIPOutbox()
    /// How many are about to submit more: nothing leaves before they have.
    var holds = 0
    /// Somebody is sending, outside of the lock.
    var isWriting = false
    /// The socket is full: the thread waits until it is not.
    var isBlocked = false
    /// Completions that were found outside of the thread.
    var ready: [USBIPCompletion] = []
    /// Why nothing more can be transferred.
    var failure: LinkError?
    /// When the thread wakes by itself; it may do so in vain.
    var wakeTime = UInt64.max
  }

  private let descriptor: Int32
  private let wake: WakePipe
  private let state: Locked<State>

  /// Takes over a connected, non-blocking socket on which a device has been imported. `nil`, and the socket is closed,
  /// where the system has no more descriptors or threads.
  init?(_ descriptor: Int32, deviceID: UInt32, limits: USBIPLimits) {
    guard let wake = WakePipe() else {
      _ = Glibc.close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.wake = wake
    state = Locked(State(table: USBIPTransferTable(deviceID: deviceID, limits: limits)))
    guard let reader = USBIPReplyReader(), EventThread.start({ [self] in run(reader) }) == 0 else {
      _ = Glibc.close(descriptor)
      wake.close()
      return nil
    }
  }

  private func run(_ reader: USBIPReplyReader) {
    var thread = USBIPConnectionThread(self, reader)
    thread.run()
  }

  /// Why the device cannot be reached any more; `nil` while it can.
  var failure: LinkError? { state.withLock { $0.failure } }

  /// Ends the connection; what is in flight ends with it.
  func close() { fail(.disconnected) }

  /// What the server wants to be told with each transfer of a periodic endpoint.
  func setIntervals(_ intervals: [UInt8: UInt32]) { state.withLock { $0.table.intervals = intervals } }

  // MARK: From any thread

  /// Begins a transfer. Returns libusb's code; with 0 its callback will run, on the connection's thread.
  func submit(_ transfer: USBIPTransferPointer) -> Int32 {
    guard transfer.isValid else { return LIBUSB_ERROR_INVALID_PARAM.rawValue }
    let now = MonotonicClock.now
    let code = state.withLock { state -> Int32 in
      guard state.failure == nil else { return LibUSBCode.noDevice }
      let (command, deadline) = state.table.begin(transfer, now: now)
      state.outbox.append(USBIPOutgoing(command, of: transfer))
      if let deadline, deadline < state.wakeTime {
        state.wakeTime = deadline
        wake.signal()
      }
      return 0
    }
    if code == 0 { write() }
    return code
  }

  /// Lets what `body` submits leave together, so that the server wakes once for all of it.
  func together(_ body: () -> Void) {
    state.withLock { $0.holds += 1 }
    body()
    state.withLock { $0.holds -= 1 }
    write()
  }

  /// Asks for a transfer's early end. Its callback still runs, once.
  func cancel(_ transfer: USBIPTransferPointer) -> Int32 {
    let now = MonotonicClock.now
    let isKnown = state.withLock { state -> Bool in
      guard state.failure == nil, let action = state.table.end(transfer, now: now) else { return false }
      perform(action, &state)
      return true
    }
    if isKnown { write() }
    return isKnown ? 0 : LibUSBCode.notFound
  }

  private func perform(_ action: USBIPTransferTable.EndingAction, _ state: inout State) {
    switch action {
    case .nothing: return
    case .withdraw(let sequence, let completion):
      state.outbox.withdraw(sequence)
      state.ready.append(completion)
    case .send(let unlink): state.outbox.append(USBIPOutgoing(unlink))
    }
    // The thread has something to tell, or a new limit to keep.
    wake.signal()
  }

  /// Gives the connection up. The first reason stays.
  func fail(_ reason: LinkError) {
    state.withLock { state in
      guard state.failure == nil else { return }
      state.failure = reason
      // Tells the server at once, and keeps whoever is sending from waiting.
      _ = shutdown(descriptor, Int32(SHUT_RDWR))
      wake.signal()
    }
  }

  // MARK: Sending

  /// Sends what waits, until the socket is full or somebody else is at it.
  func write() {
    guard var message = state.withLock({ beginWriting(&$0) }) else { return }
    while true {
      let code = message.send(to: descriptor)
      guard let next = state.withLock({ wrote(message, code, &$0) }) else { break }
      message = next
    }
  }

  private func beginWriting(_ state: inout State) -> USBIPOutgoing? {
    guard state.holds == 0, !state.isWriting, !state.isBlocked, state.failure == nil,
      var message = state.outbox.takeFirst()
    else { return nil }
    state.isWriting = true
    message.isFollowed = !state.outbox.isEmpty
    if let sequence = message.sequence { state.table.willSend(sequence) }
    return message
  }

  /// What came of sending a message; returns the next.
  private func wrote(_ message: USBIPOutgoing, _ code: Int32, _ state: inout State) -> USBIPOutgoing? {
    state.isWriting = false
    switch code {
    case 0:
      if let sequence = message.sequence, let completion = state.table.didSend(sequence) {
        state.ready.append(completion)
        wake.signal()
      }
    case EAGAIN:
      if let sequence = message.sequence, message.sentCount == 0 { state.table.didNotSend(sequence) }
      state.outbox.putBack(message)
      state.isBlocked = true
      wake.signal()
    default:
      if state.failure == nil { state.failure = .disconnected }
    }
    if state.failure != nil { wake.signal() }
    return beginWriting(&state)
  }

  // MARK: For the connection's thread

  /// What the thread does next.
  struct Plan: Sendable {
    var completions: [USBIPCompletion]
    /// Milliseconds to wait; −1 for as long as it takes.
    var timeout: Int32
    var waitsForRoom: Bool
    var isOver: Bool
  }

  /// Keeps the time limits, and says what to tell and how long to wait.
  func plan(now: UInt64) -> Plan {
    let plan = state.withLock { state -> Plan in
      expire(&state, now: now)
      var isOver = false
      if state.failure != nil, !state.isWriting {
        // Nobody reads a buffer any more, and nobody will write.
        state.ready += state.table.fail()
        isOver = true
      }
      defer { state.ready = [] }
      return Plan(
        completions: state.ready, timeout: timeout(&state, now: now), waitsForRoom: state.isBlocked, isOver: isOver)
    }
    if !plan.isOver { write() }
    return plan
  }

  private func expire(_ state: inout State, now: UInt64) {
    guard state.failure == nil, let due = state.table.nextDeadline, due <= now else { return }
    if state.table.isUnanswered(now: now) {
      state.failure = .disconnected
      _ = shutdown(descriptor, Int32(SHUT_RDWR))
      return
    }
    for action in state.table.expire(now: now) { perform(action, &state) }
  }

  /// Stays with an earlier time that was chosen before, so that short transfers need not wake the thread.
  private func timeout(_ state: inout State, now: UInt64) -> Int32 {
    let next = state.table.nextDeadline ?? UInt64.max
    if state.wakeTime <= now || next < state.wakeTime { state.wakeTime = next }
    guard state.wakeTime != UInt64.max else { return -1 }
    return Int32(clamping: (state.wakeTime - min(now, state.wakeTime)) / 1_000_000 + 1)
  }

  /// There is room in the socket again.
  func unblock() {
    state.withLock { $0.isBlocked = false }
    write()
  }

  /// Waits until the server has sent something, there is room to send, a time has come, or somebody woke the thread.
  func wait(_ plan: Plan) -> (canRead: Bool, canWrite: Bool) {
    let events = Int16(POLLIN) | (plan.waitsForRoom ? Int16(POLLOUT) : 0)
    var polled = [
      pollfd(fd: descriptor, events: events, revents: 0), pollfd(fd: wake.input, events: Int16(POLLIN), revents: 0),
    ]
    guard unsafe poll(&polled, 2, plan.timeout) > 0 else { return (false, false) }
    if polled[1].revents != 0 { wake.drain() }
    return (polled[0].revents & ~Int16(POLLOUT) != 0, polled[0].revents & Int16(POLLOUT) != 0)
  }

  func read(_ reader: inout USBIPReplyReader) throws(USBIPViolation) -> USBIPReplyReader.Outcome {
    try reader.read(from: descriptor, self)
  }

  /// Closes what the thread used. Once there is a failure, which is when the thread ends, nobody else touches it.
  func end() {
    _ = Glibc.close(descriptor)
    wake.close()
  }
}

extension USBIPConnection: USBIPReplyReader.Handler {
  func received(_ reply: USBIPReply) throws(USBIPViolation) -> USBIPTransferTable.Arrival {
    let now = MonotonicClock.now
    let arrival = try state.withLock { state throws(USBIPViolation) in try state.table.receive(reply, now: now) }
    if case .finished(let completion) = arrival { completion.deliver() }
    return arrival
  }

  func receivedData(of sequence: UInt32) { state.withLock { $0.table.finishData(sequence) }?.deliver() }
}
