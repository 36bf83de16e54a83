import MediaTek
import WireFormat

/// What a simulated device says, in transfers.
extension BootROMSimulation {
  mutating func put(_ bytes: [UInt8], isBlock: Bool = false) { outbox.append(.bytes(bytes, isBlock: isBlock)) }

  mutating func put(status: BootROMStatus) { put(number: status.rawValue) }

  mutating func put(number: some FixedWidthInteger) {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    put(bytes)
  }

  mutating func put(_ reading: Reading) { outbox.append(.reading(reading)) }

  /// A 32-bit length, and so many bytes.
  mutating func put(block: [UInt8]) {
    put(number: UInt32(clamping: block.count))
    if !block.isEmpty { put(block, isBlock: true) }
  }

  /// What becomes of the device, once the host has read what was said before. A program that was started runs at once.
  mutating func takeOutcome() -> Outcome? {
    guard let outcome else { return nil }
    if case .jumped = outcome {} else if !outbox.isEmpty { return nil }
    self.outcome = nil
    outcomeLimit = nil
    return outcome
  }

  mutating func transmit() -> TransmitAnswer? {
    guard let first = outbox.first else { return nil }
    switch first {
    case .bytes(let bytes, let isBlock):
      if quirks.splitsBytes, bytes.count > 1 {
        outbox[0] = .bytes(Array(bytes.dropFirst()), isBlock: isBlock)
        return .transfer([bytes[0]], isTerminated: false)
      }
      outbox.removeFirst()
      return .transfer(bytes, isTerminated: quirks.endsBlocks && bytes.count % packetByteCount == 0)
    case .reading(let reading): return .transfer(next(of: reading), isTerminated: false)
    }
  }

  /// The next value of a read, in a transfer of its own; all of them at once where fields are merged.
  private mutating func next(of reading: Reading) -> [UInt8] {
    var reading = reading
    var bytes: [UInt8] = []
    let count = quirks.mergesFields ? min(reading.left, 1024) : 1
    for _ in 0..<count {
      let value = memory.value(at: reading.address, byteCount: reading.width)
      for index in (0..<reading.width).reversed() {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
      }
      reading.address &+= UInt32(reading.width)
      reading.left -= 1
    }
    if reading.left > 0 {
      outbox[0] = .reading(reading)
    } else if reading.endsWithStatus {
      outbox[0] = .bytes([0, 0], isBlock: false)
    } else {
      outbox.removeFirst()
    }
    return bytes
  }

  /// Joins what the host has brought about just now.
  mutating func merge(from start: Int) {
    guard outbox.count > start + 1 else { return }
    var merged: [Outgoing] = []
    for item in outbox[start...] {
      if case .bytes(let more, _) = item, case .bytes(let bytes, let isBlock)? = merged.last {
        merged[merged.count - 1] = .bytes(bytes + more, isBlock: isBlock)
      } else {
        merged.append(item)
      }
    }
    outbox.replaceSubrange(start..., with: merged)
  }
}
