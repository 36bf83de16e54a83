/// Sends a preloader that listens into one of its modes, without I/O. Source: `docs/protocols/mtk-brom.md` 6.4.
public struct BootROMModeSwitch: BootROMSession {
  private enum State {
    case waiting
    case answering
    case finished
  }

  private let token: BootROMToken
  private let policy: BootROMPolicy
  private var state = State.waiting
  private var heard: [UInt8] = []

  public var name: String { token.rawValue }

  public init(_ token: BootROMToken, policy: BootROMPolicy = BootROMPolicy()) {
    self.token = token
    self.policy = policy
  }

  /// A preloader says READY while it listens; before that, a token is lost on it.
  public mutating func start() -> BootROMAction { .exchange([], count: 1, limit: policy.readyLimit) }

  public mutating func receive(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    heard += bytes
    guard heard.count <= policy.noiseByteCount else { throw .noHandshake(answer: Array(heard.suffix(16))) }
    switch state {
    case .waiting:
      guard heard.suffix(BootROMToken.ready.count) == BootROMToken.ready[...] else {
        return .exchange([], count: 1, limit: policy.readyLimit)
      }
      heard = []
      state = .answering
      return .exchange(token.bytes, count: 1, limit: policy.tokenLimit)
    case .answering:
      if heard.suffix(token.answer.count) == token.answer[...] {
        state = .finished
        return .finish
      }
      if heard.suffix(BootROMToken.refusal.count) == BootROMToken.refusal[...] {
        throw .tokenRefused(token: token.rawValue, answer: BootROMToken.refusal)
      }
      return .exchange([], count: 1, limit: policy.tokenLimit)
    case .finished: return .finish
    }
  }

  public mutating func silence(received: Int, after limit: Duration) throws(BootROMError) -> BootROMAction {
    switch state {
    case .waiting: throw .notListening(after: limit)
    case .answering: throw .tokenRefused(token: token.rawValue, answer: Array(heard.suffix(32)))
    case .finished: return .finish
    }
  }
}
