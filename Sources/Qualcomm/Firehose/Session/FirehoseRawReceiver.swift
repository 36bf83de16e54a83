/// Counts raw data from a device, which may be cut in any way and end in more than was asked for. No I/O.
public struct FirehoseRawReceiver: Sendable {
  public let expected: UInt64
  public private(set) var received: UInt64 = 0

  public init(expected: UInt64) { self.expected = expected }

  public var isComplete: Bool { received >= expected }

  /// How many of the next bytes are data; what is behind them begins the response.
  public mutating func take(_ byteCount: Int) -> Int {
    let count = Int(min(UInt64(max(0, byteCount)), expected - received))
    received += UInt64(count)
    return count
  }

  /// The most bytes that a response in place of data has.
  static let replyByteCount = 8192

  /// Whether a transfer of so many bytes can be a response in place of data: no piece of whole sectors has its length.
  static func canBeReply(_ byteCount: Int) -> Bool { byteCount % 256 != 0 && byteCount <= replyByteCount }

  /// The response that a transfer brings in place of data: documents from its first byte on.
  public static func reply(in transfer: [UInt8], command: String) -> FirehoseReply? {
    guard canBeReply(transfer.count), transfer.starts(with: Array("<?xml".utf8)) else { return nil }
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
