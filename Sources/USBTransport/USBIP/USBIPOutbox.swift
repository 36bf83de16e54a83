/// What waits to be sent, in order.
struct USBIPOutbox: Sendable {
  private var waiting: [USBIPOutgoing] = []
  private var first = 0

  var isEmpty: Bool { first == waiting.count }

  mutating func append(_ message: USBIPOutgoing) { waiting.append(message) }

  mutating func takeFirst() -> USBIPOutgoing? {
    guard first < waiting.count else { return nil }
    defer {
      first += 1
      if first == waiting.count {
        waiting.removeAll(keepingCapacity: true)
        first = 0
      }
    }
    return waiting[first]
  }

  /// Puts back what could not be sent as a whole.
  mutating func putBack(_ message: USBIPOutgoing) { waiting.insert(message, at: first) }

  /// Takes a SUBMIT out that has not begun to be sent.
  mutating func withdraw(_ sequence: UInt32) {
    if let index = waiting[first...].firstIndex(where: { $0.sequence == sequence }) { waiting.remove(at: index) }
  }
}
