/// Gets in step with an XML agent that runs already, without I/O.
///
/// An earlier session may have read the START that is due, or have been cut off anywhere. What the device says shows where it
/// is: ends are acknowledged, transfers given up, reports listened to, until it waits for a command. One that says nothing is
/// taken to be there. Source: `docs/protocols/mtk-xml.md` 6.3.
public struct XMLAttachSession: Sendable {
  private let policy: XMLAgentPolicy
  private var frameCount = 0
  /// Whether silence means that a command is waited for.
  private var mayBeReady = true
  /// Whether the rest of an earlier command had to be dealt with.
  public private(set) var wasInterrupted = false
  /// Whether the device said nothing: that it waits is only assumed.
  public private(set) var isAssumed = false

  private static let frameLimit = 1000

  public init(policy: XMLAgentPolicy = XMLAgentPolicy()) { self.policy = policy }

  public func start() -> XMLAgentAction { .exchange([], limit: policy.attachLimit) }

  public mutating func receive(_ payload: [UInt8]) throws(XMLAgentError) -> XMLAgentAction {
    frameCount += 1
    guard frameCount <= Self.frameLimit else { throw .violation(.endless(count: frameCount), during: "attach") }
    mayBeReady = false
    switch XMLAgentMessage(parsing: payload) {
    case .request(.start): return .finish([XMLAgentToken.ok(nil).payload])
    case .request(.end):
      mayBeReady = true
      return say(.ok(nil), limit: policy.nextStartLimit)
    case .request(.progress), .token(.progress), .token(.endOfProgress):
      wasInterrupted = true
      return say(.ok(nil), limit: policy.workLimit)
    case .token(.error): return .exchange([], limit: policy.workLimit)
    case .request, .token(.ok), .other:
      wasInterrupted = true
      return say(.cancel, limit: policy.workLimit)
    }
  }

  private func say(_ token: XMLAgentToken, limit: Duration) -> XMLAgentAction {
    .exchange([token.payload], limit: limit)
  }

  public mutating func silence() throws(XMLAgentError) -> XMLAgentAction {
    guard mayBeReady else { throw .outOfStep }
    isAssumed = true
    return .finish([])
  }
}
