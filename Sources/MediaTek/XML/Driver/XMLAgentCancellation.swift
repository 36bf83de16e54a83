import Synchronization

/// Whether the task that waits for a command has been cancelled: the command itself goes on to a point where it can be left.
final class XMLAgentCancellation: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
