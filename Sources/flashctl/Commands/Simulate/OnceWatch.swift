import Synchronization

/// `--once`: waits until the first client has gone.
///
/// A client that loses its device because that restarts has not gone: it may come for the device again until
/// `patience` after the return.
final class OnceWatch: Sendable {
  /// What happens at a device.
  enum Event: Equatable, Sendable {
    /// A client has it.
    case began
    /// The client has it no longer.
    case ended
    case deviceLeft(isForGood: Bool)
    case deviceReturned
  }

  /// How long a client may take to come back to a device that has restarted.
  static let patience: Duration = .seconds(10)

  private let states = Mutex<[String: OnceState]>([:])
  private let end = Ending()

  /// Notes what has happened at the device of a place.
  func note(_ event: Event, at place: String) {
    let action = states.withLock { $0[place, default: OnceState()].take(event) }
    switch action {
    case .go: return
    case .end: end.come()
    case .endUnlessClient(let visits):
      Task {
        try? await Task.sleep(for: Self.patience, clock: .continuous)
        if states.withLock({ $0[place]?.visits == visits }) { end.come() }
      }
    }
  }

  /// Returns when the first client has gone, or the task is cancelled.
  func wait() async { await end.wait() }
}

/// What is known of the clients of one device, and what follows from it.
struct OnceState: Equatable, Sendable {
  enum Action: Equatable {
    case go
    case end
    /// To end unless a client has come until the patience is over: `visits` has grown by then.
    case endUnlessClient(visits: Int)
  }

  /// Clients that have had the device.
  private(set) var visits = 0
  private var hasClient = false
  /// A client has lost the device, and may come back for it.
  private var hasLost = false

  mutating func take(_ event: OnceWatch.Event) -> Action {
    switch event {
    case .began:
      visits += 1
      hasClient = true
      hasLost = false
      return .go
    case .ended:
      hasClient = false
      return hasLost ? .go : .end
    case .deviceLeft(let isForGood):
      hasLost = hasClient && !isForGood
      return .go
    case .deviceReturned:
      return hasLost ? .endUnlessClient(visits: visits) : .go
    }
  }
}
