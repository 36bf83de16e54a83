import Synchronization

/// The bytes a step has got rid of, shared between the target's progress callback and the runner.
final class Accepted: Sendable {
  private let bytes = Atomic<UInt64>(0)

  var value: UInt64 { bytes.load(ordering: .relaxed) }

  func set(_ count: UInt64) { bytes.store(count, ordering: .relaxed) }
}
