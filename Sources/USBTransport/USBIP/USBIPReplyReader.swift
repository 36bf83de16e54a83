import FlashCore
import Glibc
import USBWire
import WireFormat

/// Takes the server's stream apart: headers through a small buffer of its own, the data of large transfers straight into
/// theirs. Used by the connection's thread alone.
struct USBIPReplyReader {
  /// What the reader asks of the connection.
  protocol Handler {
    func received(_ reply: USBIPReply) throws(USBIPViolation) -> USBIPTransferTable.Arrival
    func receivedData(of sequence: UInt32)
  }

  enum Outcome: Equatable {
    /// The socket has no more for now.
    case drained
    /// There may be more.
    case more
    case ended
    case failed(errno: Int32)
  }

  private enum Body {
    case transfer(sequence: UInt32, USBIPTransferPointer, filled: Int, byteCount: Int)
    case discard(left: Int)
  }

  /// Small, because what a large transfer's first bytes come with is copied out of it.
  private static let stagingCapacity = 2048

  private let staging: TransferBuffer
  private var start = 0
  private var end = 0
  private var body: Body?

  /// `nil` when there is no memory left.
  init?() {
    guard let staging = TransferBuffer(capacity: Self.stagingCapacity) else { return nil }
    self.staging = staging
  }

  /// Receives once, and handles all that has arrived by then.
  mutating func read(from descriptor: Int32, _ handler: some Handler) throws(USBIPViolation) -> Outcome {
    let direct = unsafe directRoom
    let free = unsafe UnsafeMutableRawBufferPointer(start: staging.base + end, count: staging.capacity - end)
    let count = unsafe SocketVectors(direct, free).receive(from: descriptor)
    guard count > 0 else {
      if count == 0 { return .ended }
      let code = errno
      return code == EAGAIN || code == EINTR ? .drained : .failed(errno: code)
    }
    let isFull = count == direct.count + free.count
    let intoTransfer = min(count, direct.count)
    end += count - intoTransfer
    if intoTransfer > 0 { take(intoTransfer, handler) }
    try handleStaged(handler)
    return isFull ? .more : .drained
  }

  /// Where the rest of a transfer's data goes without passing through the small buffer.
  private var directRoom: UnsafeMutableRawBufferPointer {
    guard case .transfer(_, let transfer, let filled, let byteCount) = body else {
      return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeMutableRawBufferPointer(rebasing: transfer.data[filled..<byteCount])
  }

  /// Counts bytes that are where they belong, and ends the transfer with the last of them.
  private mutating func take(_ count: Int, _ handler: some Handler) {
    switch body {
    case .transfer(let sequence, let transfer, let filled, let byteCount):
      body = .transfer(sequence: sequence, transfer, filled: filled + count, byteCount: byteCount)
      if filled + count == byteCount {
        body = nil
        handler.receivedData(of: sequence)
      }
    case .discard(let left): body = left == count ? nil : .discard(left: left - count)
    case nil: break
    }
  }

  private mutating func handleStaged(_ handler: some Handler) throws(USBIPViolation) {
    while start < end {
      if let body {
        let count = min(end - start, Self.left(of: body))
        if case .transfer = body {
          unsafe directRoom.copyMemory(from: UnsafeRawBufferPointer(start: staging.base + start, count: count))
        }
        start += count
        take(count, handler)
      } else {
        guard end - start >= USBIPReply.byteCount else { break }
        let header = unsafe UnsafeRawBufferPointer(start: staging.base + start, count: USBIPReply.byteCount)
        start += USBIPReply.byteCount
        try handle(unsafe header.bytes, handler)
      }
    }
    compact()
  }

  private static func left(of body: Body) -> Int {
    switch body {
    case .transfer(_, _, let filled, let byteCount): byteCount - filled
    case .discard(let left): left
    }
  }

  private mutating func handle(_ header: RawSpan, _ handler: some Handler) throws(USBIPViolation) {
    let reply: USBIPReply
    do throws(WireError) { reply = try USBIPReply(parsing: header) } catch {
      guard case .invalid(let field, _, let value) = error else { throw USBIPViolation(field: "header", value: 0) }
      throw USBIPViolation(field: field, value: value)
    }
    switch try handler.received(reply) {
    case .nothing, .finished: break
    case .data(let sequence, let transfer, let byteCount):
      body = .transfer(sequence: sequence, transfer, filled: 0, byteCount: byteCount)
    case .discard(let byteCount): body = byteCount > 0 ? .discard(left: byteCount) : nil
    }
  }

  /// Moves the beginning of a header to the front.
  private mutating func compact() {
    if start > 0, start < end { unsafe memmove(staging.base, staging.base + start, end - start) }
    end -= start
    start = 0
  }
}
