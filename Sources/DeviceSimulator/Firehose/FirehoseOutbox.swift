/// What a programmer has for the host, transfer by transfer.
struct FirehoseOutbox: Sendable {
  struct Transfer: Sendable {
    var bytes: [UInt8]
    /// Not before this moment.
    var notBefore: Duration
    /// Whether nothing is accepted from the host until it has been read.
    var isBlocking = false
    /// Whether raw data follow in the same transfer.
    var joinsRawData = false
  }

  enum Item: Sendable {
    case transfer(Transfer)
    /// The raw data of the read that is under way.
    case rawData
  }

  private var items: [Item] = []
  private var head = 0
  private(set) var blockingCount = 0

  var isEmpty: Bool { head == items.count }
  var count: Int { items.count - head }
  var first: Item? { isEmpty ? nil : items[head] }

  mutating func append(_ transfer: Transfer) {
    if transfer.isBlocking { blockingCount += 1 }
    items.append(.transfer(transfer))
  }

  mutating func appendRawData() { items.append(.rawData) }

  mutating func removeFirst() {
    guard !isEmpty else { return }
    if case .transfer(let transfer) = items[head], transfer.isBlocking { blockingCount -= 1 }
    head += 1
    if head == items.count {
      items = []
      head = 0
    }
  }

  mutating func removeAll() { self = FirehoseOutbox() }

  /// When the first item may go; `nil` while there is none, or it may go at any time.
  var nextWake: Duration? {
    if case .transfer(let transfer) = first { transfer.notBefore } else { nil }
  }
}
