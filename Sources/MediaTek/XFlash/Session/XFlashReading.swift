import WireFormat

/// READ_DATA and UPLOAD: data frames of the device, each acknowledged. Source: `docs/protocols/mtk-xflash.md` 9.1, 9.3.
public struct XFlashReading: XFlashSession, Equatable {
  private enum State: Equatable {
    case command
    /// The status that says that the parameters were received.
    case taken
    /// UPLOAD: how many bytes the partition has.
    case size
    /// The status that says that data follow.
    case begun
    case data
    case acknowledging
    case aborting
    case finished
  }

  public let name: String
  private let command: XFlashCommand
  private let parameters: [UInt8]
  private let policy: XFlashPolicy
  private var state = State.command
  /// Bytes in all; of UPLOAD once the device has told.
  public private(set) var byteCount: UInt64
  /// Bytes that have come.
  public private(set) var position: UInt64 = 0
  /// Whether the host ended it.
  public private(set) var isAborted = false

  /// A stretch of the storage, which is whole sectors.
  public init(_ extent: XFlashExtent, _ policy: XFlashPolicy) {
    command = .readData
    parameters = extent.bytes
    byteCount = extent.length
    name = command.name
    self.policy = policy
  }

  /// A partition that the agent looks up.
  public init(partition: String, _ policy: XFlashPolicy) {
    command = .upload
    parameters = Array(partition.utf8)
    byteCount = 0
    name = command.name
    self.policy = policy
  }

  public mutating func start() -> XFlashAction {
    state = .command
    return .send(.word(command.rawValue))
  }

  public mutating func sent() -> XFlashAction {
    if state == .aborting {
      state = .finished
      return .finish
    }
    return .receive(limit: policy.statusLimit)
  }

  public mutating func receive(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction {
    guard state != .size else { return try sized(payload) }
    _ = try status(payload)
    switch state {
    case .command:
      state = .taken
      return .send(parameters)
    case .taken:
      state = command == .upload ? .size : .begun
      return .receive(limit: policy.statusLimit)
    case .begun, .acknowledging: return next()
    case .data:
      // A status in place of data that is no error.
      throw .unexpectedFrame(during: name, byteCount: UInt64(payload.count))
    case .size, .aborting, .finished: return .finish
    }
  }

  private mutating func sized(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction {
    // An error comes in place of the size.
    guard payload.count >= 8 else {
      _ = try status(payload)
      throw .unexpectedFrame(during: name, byteCount: UInt64(payload.count))
    }
    do throws(WireError) { byteCount = try payload.rawSpan.load(littleEndian: UInt64.self, at: 0) } catch {
      throw .answer(error, during: name)
    }
    state = .begun
    return .receive(limit: policy.statusLimit)
  }

  private mutating func next() -> XFlashAction {
    guard position < byteCount else {
      state = .finished
      return .finish
    }
    state = .data
    return .receiveData(limit: policy.dataLimit)
  }

  /// Chunks of any size up to what is missing. What is as short as a status is one: stretches are whole sectors.
  public mutating func accepts(byteCount count: UInt64) throws(XFlashError) -> XFlashFrameUse {
    guard state == .data, count != 2, count != 4 else { return .answer }
    guard count <= byteCount - position else {
      throw .oversizedFrame(during: name, byteCount: count, limit: byteCount - position)
    }
    return .data
  }

  /// The status behind the acknowledgement, then a frame as long as this one, while there are data.
  public func transfers(behind count: UInt64) -> [UInt64] {
    let header = UInt64(XFlashHeader.byteCount)
    let left = byteCount - position - min(count, byteCount - position)
    return [header, 4] + (left > 0 ? [header, min(count, left)] : [])
  }

  public mutating func received(byteCount count: UInt64, isWanted: Bool) -> XFlashAction {
    position += min(count, byteCount - position)
    guard isWanted || position == byteCount else {
      isAborted = true
      state = .aborting
      return .send(.word(1))
    }
    state = .acknowledging
    return .send(.word(0))
  }
}
