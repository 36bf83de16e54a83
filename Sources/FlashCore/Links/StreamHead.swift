/// What goes to a device right before a stream of data: short transfers, and requests for what it will say to all of it.
public struct StreamHead: Sendable {
  /// Each is sent as one transfer, without a zero-length packet.
  public var transfers: [[UInt8]]
  /// Asked for `requests` before anything is sent.
  public var queue: (any ReceiveQueue)?
  public var requests: [Int]

  public init(_ transfers: [[UInt8]], asking queue: (any ReceiveQueue)? = nil, for requests: [Int] = []) {
    self.transfers = transfers
    self.queue = queue
    self.requests = requests
  }
}
