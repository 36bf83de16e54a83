import Dispatch

/// Runs calls that block in the kernel, one after the other, away from the threads that tasks run on.
///
/// Opening a node, claiming, selecting an alternate setting and the like are ioctls that the kernel ends within
/// its own limit of five seconds for a control request; nothing can cancel them.
final class BlockingCalls: Sendable {
  private let queue = DispatchQueue(label: "flashctl.blocking")

  func run<Value: Sendable>(_ call: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: call()) }
    }
  }
}
