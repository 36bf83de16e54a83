import Synchronization

/// Something that happens once.
final class FirstTime: Sendable {
  private let isOver = Mutex(false)

  /// Whether this is the first time.
  func take() -> Bool {
    isOver.withLock { isOver in
      defer { isOver = true }
      return !isOver
    }
  }
}
