import Synchronization

/// What is known of the bytes of a step, shared between the target's progress callback and the runner.
final class Accepted: Sendable {
  private let bytes = Atomic<UInt64>(0)
  private let begun = Atomic<Bool>(false)

  /// Bytes that the step has got rid of.
  var value: UInt64 { bytes.load(ordering: .relaxed) }
  /// Whether any may be with the device, acknowledged or not.
  var hasBegun: Bool { begun.load(ordering: .relaxed) }

  func set(_ count: UInt64) {
    begun.store(true, ordering: .relaxed)
    bytes.store(count, ordering: .relaxed)
  }
}
