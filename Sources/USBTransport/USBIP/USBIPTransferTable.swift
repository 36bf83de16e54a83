import CUSBShim
import USBWire

/// What a USB/IP server did against the protocol: the field that cannot be, and what it held.
struct USBIPViolation: Error, Equatable, Sendable {
  var field: String
  var value: UInt64
}

/// The transfers of one connection, and what each message of the server means for them. Does no I/O.
///
/// A transfer is queued until its first byte is sent, then the server's until it is answered. Ending it early takes an
/// UNLINK, and it still ends only with the server's answer: to the UNLINK, or to the transfer if that was faster, which
/// then counts.
struct USBIPTransferTable: Sendable {
  /// Why a transfer is to end before the device has ended it.
  enum Ending: Equatable, Sendable {
    case cancelled
    case timedOut
  }

  /// What the connection does about a transfer that is to end.
  enum EndingAction: Equatable, Sendable {
    case nothing
    /// It had not begun to be sent.
    case withdraw(sequence: UInt32, USBIPCompletion)
    case send(USBIPUnlink)
  }

  /// What the connection does about a message. Every message has exactly one.
  enum Arrival: Equatable, Sendable {
    case nothing
    case finished(USBIPCompletion)
    /// So many bytes follow and belong into the transfer's buffer; then comes `finishData`.
    case data(sequence: UInt32, USBIPTransferPointer, byteCount: Int)
    /// So many bytes follow that nobody waits for any more.
    case discard(byteCount: Int)
  }

  private enum Phase: Equatable, Sendable {
    case queued
    /// Some of it may have been sent, and whoever sends still reads the buffer.
    case sending
    case sent
  }

  private struct Entry: Sendable {
    var transfer: USBIPTransferPointer
    var phase = Phase.queued
    /// Nanoseconds of `MonotonicClock`.
    var deadline: UInt64?
    var ending: Ending?
    /// The server's answer, while its data is still being received or our own still being sent.
    var result: USBIPCompletion?
  }

  private struct Unlink: Sendable {
    var target: UInt32
    var deadline: UInt64
  }

  private static let strayLimit = 64

  private let deviceID: UInt32
  private let limits: USBIPLimits
  private var lastSequence: UInt32 = 0
  private var entries: [UInt32: Entry] = [:]
  private var unlinks: [UInt32: Unlink] = [:]
  /// Transfers that were given up although the server said it had answered them, and the room they had: that answer
  /// may still come.
  private var strays: [(sequence: UInt32, room: Int)] = []
  /// `bInterval` of periodic endpoints in the units of the server's controller, which wants it with each transfer.
  var intervals: [UInt8: UInt32] = [:]

  init(deviceID: UInt32, limits: USBIPLimits) {
    self.deviceID = deviceID
    self.limits = limits
  }

  /// Takes a transfer in and returns the message that begins it.
  mutating func begin(_ transfer: USBIPTransferPointer, now: UInt64) -> (command: USBIPSubmit, deadline: UInt64?) {
    let sequence = nextSequence()
    let timeout = transfer.timeout
    let deadline = timeout == 0 ? nil : now &+ UInt64(timeout) &* 1_000_000
    entries[sequence] = Entry(transfer: transfer, deadline: deadline)
    let interval = intervals[transfer.endpoint.rawValue] ?? 0
    return (transfer.command(sequence: sequence, deviceID: deviceID, interval: interval), deadline)
  }

  /// Counts on, past zero and past what is still in use after the numbers have gone round.
  private mutating func nextSequence() -> UInt32 {
    repeat {
      lastSequence &+= 1
    } while lastSequence == 0 || entries[lastSequence] != nil || unlinks[lastSequence] != nil
    return lastSequence
  }

  // MARK: Sending

  mutating func willSend(_ sequence: UInt32) { entries[sequence]?.phase = .sending }

  /// None of it could be sent: it may still be withdrawn.
  mutating func didNotSend(_ sequence: UInt32) { entries[sequence]?.phase = .queued }

  /// All of it has been sent. Returns how it ended, when the answer was faster than this.
  mutating func didSend(_ sequence: UInt32) -> USBIPCompletion? {
    guard let entry = entries[sequence] else { return nil }
    entries[sequence]?.phase = .sent
    guard let result = entry.result, !entry.transfer.endpoint.isInput else { return nil }
    entries[sequence] = nil
    return result
  }

  // MARK: Ending early

  /// Ends a transfer early, for the first reason that there is.
  mutating func end(_ transfer: USBIPTransferPointer, now: UInt64) -> EndingAction? {
    guard let sequence = entries.first(where: { $0.value.transfer == transfer })?.key else { return nil }
    return end(sequence, .cancelled, now: now)
  }

  private mutating func end(_ sequence: UInt32, _ ending: Ending, now: UInt64) -> EndingAction {
    guard let entry = entries[sequence], entry.ending == nil else { return .nothing }
    if entry.phase == .queued {
      entries[sequence] = nil
      return .withdraw(sequence: sequence, Self.completion(of: entry.transfer, ending))
    }
    entries[sequence]?.ending = ending
    entries[sequence]?.deadline = nil
    let unlink = USBIPUnlink(sequence: nextSequence(), deviceID: deviceID, target: sequence)
    unlinks[unlink.sequence] = Unlink(target: sequence, deadline: MonotonicClock.time(now, after: limits.unlink))
    return .send(unlink)
  }

  private static func completion(of transfer: USBIPTransferPointer, _ ending: Ending?) -> USBIPCompletion {
    USBIPCompletion(
      transfer: transfer, status: ending == .timedOut ? LIBUSB_TRANSFER_TIMED_OUT : LIBUSB_TRANSFER_CANCELLED)
  }

  /// The next time when something is due; `nil` when nothing is.
  var nextDeadline: UInt64? {
    var earliest = UInt64.max
    for entry in entries.values { earliest = min(earliest, entry.deadline ?? earliest) }
    for unlink in unlinks.values { earliest = min(earliest, unlink.deadline) }
    return earliest == UInt64.max ? nil : earliest
  }

  /// Whether an UNLINK has been left without an answer for too long.
  func isUnanswered(now: UInt64) -> Bool { unlinks.values.contains { $0.deadline <= now } }

  /// Ends what has reached its limit.
  mutating func expire(now: UInt64) -> [EndingAction] {
    let due = entries.filter { $0.value.deadline.map { $0 <= now } ?? false }
    return due.keys.sorted().map { sequence in
      guard let entry = entries[sequence], entry.ending != nil else { return end(sequence, .timedOut, now: now) }
      // "Too late" was the answer to its UNLINK, yet its own never came.
      entries[sequence] = nil
      strays.append((sequence, entry.transfer.endpoint.isInput ? entry.transfer.byteCount : 0))
      if strays.count > Self.strayLimit { strays.removeFirst() }
      return .withdraw(sequence: sequence, Self.completion(of: entry.transfer, entry.ending))
    }
  }

  // MARK: What the server says

  mutating func receive(_ reply: USBIPReply, now: UInt64) throws(USBIPViolation) -> Arrival {
    switch reply {
    case .submit(let sequence, let status, let byteCount): try answered(sequence, status, byteCount)
    case .unlink(let sequence, let status): try unlinked(sequence, status, now: now)
    }
  }

  private mutating func answered(
    _ sequence: UInt32, _ status: USBIPStatus, _ byteCount: Int
  ) throws(USBIPViolation) -> Arrival {
    guard let entry = entries[sequence], entry.result == nil, entry.phase != .queued else {
      return try answeredStray(sequence, byteCount)
    }
    guard byteCount <= entry.transfer.byteCount else {
      throw USBIPViolation(field: "actual_length", value: UInt64(byteCount))
    }
    let result = USBIPCompletion(transfer: entry.transfer, status: .init(status), byteCount: byteCount)
    if entry.transfer.endpoint.isInput, byteCount > 0 {
      entries[sequence]?.result = result
      return .data(sequence: sequence, entry.transfer, byteCount: byteCount)
    }
    if entry.phase == .sending, !entry.transfer.endpoint.isInput {
      // The buffer is still being read: `didSend` ends the transfer.
      entries[sequence]?.result = result
      return .nothing
    }
    entries[sequence] = nil
    return .finished(result)
  }

  private mutating func answeredStray(_ sequence: UInt32, _ byteCount: Int) throws(USBIPViolation) -> Arrival {
    guard let index = strays.firstIndex(where: { $0.sequence == sequence }) else {
      throw USBIPViolation(field: "seqnum", value: UInt64(sequence))
    }
    let room = strays.remove(at: index).room
    // What was sent to the device does not come back.
    guard room > 0 else { return .nothing }
    guard byteCount <= room else { throw USBIPViolation(field: "actual_length", value: UInt64(byteCount)) }
    return .discard(byteCount: byteCount)
  }

  private mutating func unlinked(
    _ sequence: UInt32, _ status: USBIPStatus, now: UInt64
  ) throws(USBIPViolation) -> Arrival {
    guard let unlink = unlinks.removeValue(forKey: sequence) else {
      throw USBIPViolation(field: "seqnum", value: UInt64(sequence))
    }
    // Without an entry the transfer's own answer came first, and has counted.
    guard let entry = entries[unlink.target] else { return .nothing }
    guard entry.phase == .sent, entry.result == nil else {
      throw USBIPViolation(field: "seqnum", value: UInt64(sequence))
    }
    if status == .done {
      entries[unlink.target]?.deadline = MonotonicClock.time(now, after: limits.crossing)
      return .nothing
    }
    entries[unlink.target] = nil
    return .finished(Self.completion(of: entry.transfer, entry.ending))
  }

  /// The data that `Arrival.data` announced is in the buffer.
  mutating func finishData(_ sequence: UInt32) -> USBIPCompletion? { entries.removeValue(forKey: sequence)?.result }

  /// The connection is gone, and with it every transfer.
  mutating func fail() -> [USBIPCompletion] {
    defer {
      entries = [:]
      unlinks = [:]
    }
    return entries.sorted { $0.key < $1.key }.map {
      USBIPCompletion(transfer: $0.value.transfer, status: LIBUSB_TRANSFER_NO_DEVICE)
    }
  }
}
