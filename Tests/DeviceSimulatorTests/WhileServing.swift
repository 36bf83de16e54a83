import Dispatch

/// Runs `body` on a thread of its own while `serve` runs, which is then cancelled and awaited.
///
/// `serve` has begun before `body` does, so that the limits of a client hold from its first step on: the few threads
/// that tasks share are busy with every other test, and one that has yet to begin can wait for minutes.
func whileServing(
  _ serve: @escaping @Sendable () async -> Void, _ body: @escaping @Sendable () throws -> Void
) async throws {
  let (begun, beginning) = AsyncStream<Never>.makeStream()
  let serving = Task {
    beginning.finish()
    await serve()
  }
  for await _ in begun {}
  let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
    DispatchQueue(label: "client").async { @Sendable in continuation.resume(returning: Result { try body() }) }
  }
  serving.cancel()
  await serving.value
  try result.get()
}
