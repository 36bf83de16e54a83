import WireFormat

/// WRITE_DATA and DOWNLOAD: chunks of the host, each answered. Source: `docs/protocols/mtk-xflash.md` 9.2, 9.4.
public struct XFlashWriting: XFlashSession, Equatable {
  private enum State: Equatable {
    case command
    /// So many parameter frames have been sent.
    case parameters(Int)
    /// The status behind the parameters.
    case taken
    case chunk
    /// The status behind a chunk.
    case stored
    /// The status behind the last one.
    case complete
    case aborting
    case finished
  }

  public let name: String
  private let command: XFlashCommand
  private let parameters: [[UInt8]]
  private let chunkByteCount: Int
  private let limit: Duration
  private let policy: XFlashPolicy
  private var state = State.command
  /// Bytes in all.
  public let byteCount: UInt64
  /// Bytes that the device has acknowledged.
  public private(set) var position: UInt64 = 0
  private var underWay: UInt64 = 0
  public private(set) var isAborted = false
  /// Whether data are on their way, or have been.
  public var hasBegun: Bool { underWay > 0 }

  /// A stretch of the storage. `chunkByteCount` is at most the device's packet length for writing.
  public init(_ extent: XFlashExtent, chunkByteCount: Int, _ policy: XFlashPolicy) {
    command = .writeData
    parameters = [extent.bytes]
    byteCount = extent.length
    name = command.name
    self.chunkByteCount = max(1, chunkByteCount)
    limit = policy.writeLimit
    self.policy = policy
  }

  /// A partition that the agent looks up, and an image that it may have to unpack.
  public init(partition: String, byteCount: UInt64, chunkByteCount: Int, _ policy: XFlashPolicy) {
    command = .download
    parameters = [Array(partition.utf8), .longWord(byteCount)]
    self.byteCount = byteCount
    name = command.name
    self.chunkByteCount = max(1, chunkByteCount)
    limit = policy.unpackLimit
    self.policy = policy
  }

  public mutating func start() -> XFlashAction {
    state = .command
    return .send(.word(command.rawValue))
  }

  public mutating func sent() -> XFlashAction {
    switch state {
    case .parameters(let count) where count < parameters.count:
      state = .parameters(count + 1)
      return .send(parameters[count])
    case .parameters:
      state = .taken
      return .receive(limit: limit)
    case .chunk:
      state = .stored
      return .receive(limit: limit)
    case .aborting: return .receive(limit: policy.statusLimit)
    default: return .receive(limit: policy.statusLimit)
    }
  }

  public mutating func receive(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction {
    if state == .aborting {
      // Whatever it says, the command is over.
      state = .finished
      return .finish
    }
    _ = try status(payload)
    switch state {
    case .command:
      state = .parameters(1)
      return .send(parameters[0])
    case .taken: return next()
    case .stored:
      position += underWay
      return next()
    case .complete:
      state = .finished
      return .finish
    case .parameters, .chunk, .aborting, .finished: return .finish
    }
  }

  public mutating func silence(after limit: Duration) throws(XFlashError) -> XFlashAction {
    guard state != .aborting else {
      state = .finished
      return .finish
    }
    throw .silence(during: name, after: limit)
  }

  private mutating func next() -> XFlashAction {
    guard position < byteCount else {
      state = .complete
      return .receive(limit: limit)
    }
    underWay = min(UInt64(chunkByteCount), byteCount - position)
    state = .chunk
    return .sendChunk(byteCount: Int(underWay))
  }

  /// In place of a chunk: says that the host gives up.
  public mutating func abort() -> XFlashAction {
    isAborted = true
    state = .aborting
    return .send(.word(1))
  }
}
