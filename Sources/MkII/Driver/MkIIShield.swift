/// Runs a step of the protocol to its end even when the task that waits for it is cancelled.
///
/// A request without its reply, or half a raw block, would leave the device waiting in the middle of a step. The
/// step's own limits bound the wait.
func shielded<Success: Sendable>(
  isolation: isolated (any Actor)? = #isolation,
  _ step: sending @escaping () async -> Result<Success, MkIIError>
) async throws(MkIIError) -> Success {
  try await Task { await step() }.value.get()
}
