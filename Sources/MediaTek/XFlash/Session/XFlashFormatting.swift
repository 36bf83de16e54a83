import WireFormat

/// FORMAT and FORMAT_PARTITION: reports of progress, each acknowledged. Source: `docs/protocols/mtk-xflash.md` 9.5, 9.6.
public struct XFlashFormatting: XFlashSession, Equatable {
  private enum State: Equatable {
    case command
    /// The status behind the parameters of FORMAT; FORMAT_PARTITION has none.
    case taken
    case report
    case percent
    case finished
  }

  public let name: String
  private let command: XFlashCommand
  private let parameters: [UInt8]
  private let policy: XFlashPolicy
  private var state = State.command
  /// The last report, 0 to 100.
  public private(set) var percent = 0

  public init(_ extent: XFlashExtent, _ policy: XFlashPolicy) {
    command = .format
    parameters = extent.bytes
    name = command.name
    self.policy = policy
  }

  public init(partition: String, _ policy: XFlashPolicy) {
    command = .formatPartition
    parameters = Array(partition.utf8)
    name = command.name
    self.policy = policy
  }

  public mutating func start() -> XFlashAction {
    state = .command
    return .send(.word(command.rawValue))
  }

  public mutating func sent() -> XFlashAction {
    .receive(limit: state == .report ? policy.formatLimit : policy.statusLimit)
  }

  public mutating func receive(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction {
    switch state {
    case .command:
      _ = try status(payload)
      state = command == .format ? .taken : .report
      return .send(parameters)
    case .taken:
      _ = try status(payload)
      state = .report
      return .receive(limit: policy.formatLimit)
    case .report:
      guard try status(payload, accepting: [.continues, .complete]) == .continues else {
        percent = 100
        state = .finished
        return .finish
      }
      state = .percent
      return .receive(limit: policy.statusLimit)
    case .percent:
      let value: XFlashStatus
      do throws(WireError) { value = try XFlashStatus(payload: payload.rawSpan) } catch {
        throw .answer(error, during: name)
      }
      percent = Int(min(value.rawValue, 100))
      state = .report
      return .send(.word(0))
    case .finished: return .finish
    }
  }
}
