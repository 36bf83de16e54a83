import FlashImages
import WireFormat

/// The data of an image, and what becomes of it when it is complete.
extension SimulatedRX51 {
  /// Takes raw data in every state: without an announced block they are swallowed, and fail the device (14.1).
  mutating func receiveRawData(_ bytes: RawSpan) -> ReceiveAnswer {
    var taken = 0
    while taken < bytes.byteCount {
      guard case .block(let left) = state else {
        swallow(bytes.byteCount - taken)
        return .accepted
      }
      let limit = bytesBeforeQuirk()
      let count = min(Int(left), bytes.byteCount - taken, limit)
      if count == 0 {
        switch strike() {
        case .naks: return .busy(byteCount: taken)
        case .goesOn: continue
        }
      }
      store(bytes.extracting(taken..<taken + count), left: left)
      taken += count
    }
    return .accepted
  }

  private mutating func store(_ bytes: RawSpan, left: UInt32) {
    rawByteCount += UInt64(bytes.byteCount)
    upload?.take(bytes.byteCount)
    do throws(SimulatorError) {
      try image?.write(bytes)
    } catch {
      report(error)
      return fail(.general)
    }
    let rest = left - UInt32(bytes.byteCount)
    guard rest == 0 else {
      state = .block(left: rest)
      return
    }
    state = upload?.isComplete == true ? .finishing : .receiving
    upload?.blockArrived(at: now)
    settleUpload()
    work()
  }

  private mutating func swallow(_ byteCount: Int) {
    rawByteCount += UInt64(byteCount)
    switch state {
    case .closed, .gone, .failed: break
    default: fail(.general)
    }
  }

  mutating func fail(_ status: RX51Status) {
    if quirks.failureSticks { isStuck = true }
    abortImage()
    upload = nil
    state = .failed(code: status.rawValue)
  }

  /// Lets the image make progress, and ends it when the device is done with it.
  mutating func settleUpload() {
    upload?.advance(to: now)
    guard state == .finishing, upload?.phase == .finished else { return }
    guard let image, let header else { return fail(.general) }
    guard !quirks.securityFailure, image.hash == header.file.hash else { return fail(.mismatch) }
    do throws(SimulatorError) {
      try image.keep()
    } catch {
      report(error)
      return fail(.general)
    }
    events.append(.imageComplete(type: header.file.name, byteCount: UInt64(header.file.size)))
    self.image = nil
    self.header = nil
    state = .session
  }

  // MARK: Quirks at a byte

  private enum Strike {
    case naks
    case goesOn
  }

  /// Bytes that may still arrive before the next quirk at a byte strikes.
  private func bytesBeforeQuirk() -> Int {
    [("fail", quirks.failAtByte), ("nak", quirks.nakAtByte), ("disconnect", quirks.disconnectAtByte)]
      .filter { !firedAtByte.contains($0.0) }
      .compactMap { $0.1?.value }
      .filter { $0 >= rawByteCount }
      .map { Int(clamping: $0 - rawByteCount) }
      .min() ?? .max
  }

  private mutating func strike() -> Strike {
    if quirks.nakAtByte?.value == rawByteCount, firedAtByte.contains("nak") == false { return .naks }
    if quirks.failAtByte?.value == rawByteCount, firedAtByte.insert("fail").inserted { fail(.general) }
    if quirks.disconnectAtByte?.value == rawByteCount, firedAtByte.insert("disconnect").inserted {
      let next = settings.nextMode ?? (isStream ? .update : .gone)
      leave(
        Reboot(
          isPCSuite: next == .pcSuite, returnAfter: next == .gone ? nil : settings.rebootDelay, latest: now))
    }
    return .goesOn
  }
}
