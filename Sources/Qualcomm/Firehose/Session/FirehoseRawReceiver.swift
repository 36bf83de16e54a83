/// Counts raw data from a device, which may be cut in any way and end in more than was asked for. No I/O.
public struct FirehoseRawReceiver: Sendable {
  public let expected: UInt64
  public private(set) var received: UInt64 = 0
  var hasFailed = false
  private let packetByteCount: Int
  private var surplus: [UInt8] = []

  /// Bytes that one transfer brings at most.
  private static let transferByteCount = 1 << 20

  public init(expected: UInt64, packetByteCount: Int) {
    self.expected = expected
    self.packetByteCount = max(1, packetByteCount)
  }

  public var isComplete: Bool { received >= expected }

  /// What the next transfer is asked for: the data and one more packet, so that an empty packet behind them ends it.
  public var room: Int {
    let count = Int(min(UInt64(Self.transferByteCount), expected - min(received, expected)))
    return (count + packetByteCount - 1) / packetByteCount * packetByteCount + packetByteCount
  }

  /// The part of a transfer that is data.
  public mutating func take(_ transfer: [UInt8]) -> [UInt8] {
    let left = expected - received
    guard UInt64(transfer.count) > left else {
      received += UInt64(transfer.count)
      return transfer
    }
    received = expected
    surplus = Array(transfer[Int(left)...])
    return Array(transfer[..<Int(left)])
  }

  /// What came behind the data: the beginning of the response.
  public mutating func takeSurplus() -> [UInt8] {
    defer { surplus = [] }
    return surplus
  }

  /// The response that a transfer brings in place of data: documents from its first byte on, of a length that no piece
  /// of whole sectors has.
  public func reply(in transfer: [UInt8], command: String) -> FirehoseReply? {
    guard transfer.count % 256 != 0, transfer.count <= 8192, transfer.starts(with: Array("<?xml".utf8)) else {
      return nil
    }
    var reader = FirehoseMessageReader()
    reader.append(transfer)
    var logs: [String] = []
    while let item = try? reader.next() {
      switch item {
      case .message(.log(let log)): logs.append(log.text)
      case .message(.response(let response)): return FirehoseReply(command: command, response: response, logs: logs)
      case .message(.other), .skipped: continue
      }
    }
    return nil
  }
}
