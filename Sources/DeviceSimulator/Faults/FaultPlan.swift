/// The faults still to come, and the counters that decide when.
struct FaultPlan: Sendable {
  /// What becomes of one transfer.
  struct Fate: Equatable, Sendable {
    enum Ending: Equatable, Sendable {
      case normal
      case drop
      case stall
      case disconnect
    }

    var ending = Ending.normal
    /// Offset in the transfer of a byte that is inverted.
    var corruptedOffset: Int?
    var delay: Duration?
    /// The faults that struck, as written; `nil` when none did.
    var text: String?
    /// The transfer's number.
    var number: UInt64?
  }

  private var faults: [Fault]
  private(set) var transferCount: UInt64 = 0
  private var bulkByteCount: UInt64 = 0

  init(_ faults: [Fault]) { self.faults = faults }

  /// Counts one transfer of `byteCount` bytes and says what becomes of it.
  mutating func fate(ofTransferWith byteCount: Int, isBulk: Bool) -> Fate {
    guard byteCount > 0 else { return Fate() }
    transferCount += 1
    let first = bulkByteCount
    if isBulk { bulkByteCount += UInt64(byteCount) }
    var fate = Fate(number: transferCount)
    guard !faults.isEmpty else { return fate }
    let pending = faults
    faults = []
    for fault in pending {
      if let offset = offset(of: fault.trigger, from: first, byteCount: byteCount, isBulk: isBulk) {
        fate.add(fault, at: offset)
      } else {
        faults.append(fault)
      }
    }
    return fate
  }

  /// Where in the transfer that has just been counted a trigger lies; `nil` when it is another transfer's.
  private func offset(of trigger: Fault.Trigger, from first: UInt64, byteCount: Int, isBulk: Bool) -> Int? {
    switch trigger {
    case .transfer(let number): number == transferCount ? byteCount / 2 : nil
    case .byte(let byte): isBulk && byte >= first && byte - first < UInt64(byteCount) ? Int(byte - first) : nil
    }
  }
}

extension FaultPlan.Fate {
  fileprivate mutating func add(_ fault: Fault, at offset: Int) {
    text = text.map { $0 + " " + fault.text } ?? fault.text
    switch fault.kind {
    case .drop: ending = .drop
    case .corrupt: corruptedOffset = offset
    case .delay(let duration): delay = (delay ?? .zero) + duration
    case .stall: ending = .stall
    case .disconnect: ending = .disconnect
    }
  }
}
