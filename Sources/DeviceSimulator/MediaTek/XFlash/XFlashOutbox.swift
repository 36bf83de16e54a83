import MediaTek
import WireFormat

/// What an agent has to say, in transfers: a frame's header by itself, then its payload.
struct XFlashOutbox: Sendable {
  enum Item: Sendable {
    case bytes([UInt8])
    /// Bytes of the storage, which are read when the host wants them, behind others.
    case data(behind: [UInt8], section: Int, offset: UInt64, byteCount: Int)
  }

  private var items: [(item: Item, notBefore: Duration)] = []
  /// What has been said.
  private var first = 0
  private(set) var frameCount: UInt64 = 0
  /// Statuses byte by byte.
  var dribbles = false
  var sendsEmptyPackets = false
  var logs = false
  /// Header and payload in one transfer.
  var mergesFrames = false

  var isEmpty: Bool { first == items.count }
  var nextTime: Duration? { isEmpty ? nil : items[first].notBefore }

  mutating func removeAll() {
    items = []
    first = 0
  }

  /// A byte without a header, as agents begin with.
  mutating func sayRaw(_ bytes: [UInt8], at time: Duration) { append(.bytes(bytes), time) }

  mutating func say(_ payload: [UInt8], isStatus: Bool = false, at time: Duration) {
    begin(at: time)
    let header = XFlashHeader(payloadByteCount: UInt32(clamping: payload.count)).bytes
    guard dribbles, isStatus else {
      guard !mergesFrames else { return append(.bytes(header + payload), time) }
      append(.bytes(header), time)
      append(.bytes(payload), time)
      return
    }
    for byte in header + payload { append(.bytes([byte]), time) }
  }

  mutating func sayData(section: Int, offset: UInt64, byteCount: Int, at time: Duration) {
    begin(at: time)
    let header = XFlashHeader(payloadByteCount: UInt32(clamping: byteCount)).bytes
    if !mergesFrames { append(.bytes(header), time) }
    append(
      .data(behind: mergesFrames ? header : [], section: section, offset: offset, byteCount: byteCount), time)
  }

  /// What stands before a frame.
  private mutating func begin(at time: Duration) {
    frameCount += 1
    if logs {
      let line = XFlashLogLine(priority: 2, text: Array("frame \(frameCount)\n".utf8)).payload
      let header = XFlashHeader(.message, payloadByteCount: UInt32(line.count)).bytes
      if frameCount % 2 == 0 {
        append(.bytes(header + line.prefix(4)), time)
        append(.bytes(Array(line.dropFirst(4))), time)
      } else {
        append(.bytes(header), time)
        append(.bytes(line), time)
      }
    }
    if sendsEmptyPackets {
      for _ in 0..<(1 + frameCount % 4) { append(.bytes([]), time) }
    }
  }

  private mutating func append(_ item: Item, _ time: Duration) {
    items.append((item, max(time, items.last?.notBefore ?? time)))
  }

  /// The next transfer, once its time has come.
  mutating func next(at now: Duration) -> Item? {
    guard !isEmpty, items[first].notBefore <= now else { return nil }
    defer {
      first += 1
      if isEmpty { removeAll() }
    }
    return items[first].item
  }
}
