/// The agent's acknowledgements. Source: `docs/protocols/mtk-xml.md` 4, 5.
extension XMLCommandSession {
  mutating func take(_ token: XMLAgentToken) throws(XMLAgentError) -> XMLAgentAction {
    if case .error(let reason) = token { return refused(reason) }
    switch state {
    case .answering:
      guard case .ok = token else { throw unexpected(token.text) }
      state = .body
      return wait()
    case .body:
      // Superfluous acknowledgements, and the end of reports that were thought to be over.
      if case .ok = token { return wait() }
      return wait([.ok(nil)])
    case .uploadSize(let request): return takeSize(token.number, of: request)
    case .uploadReady:
      guard case .ok = token else { throw unexpected(token.text) }
      if mustGiveUp { return giveUp() }
      state = .uploadData
      return wait([.ok(nil)])
    case .uploadData: throw unexpected(token.text)
    case .downloadOpen, .downloadReady, .downloadAcknowledging:
      guard case .ok = token else { throw unexpected(token.text) }
      return acknowledged()
    case .progress(let message): return reported(token, message)
    case .refusing: return wait(limit: policy.workLimit)
    case .ended: return wait(limit: policy.nextStartLimit)
    case .finished: return .finish([])
    }
  }

  private mutating func acknowledged() -> XMLAgentAction {
    switch state {
    case .downloadOpen: nextChunk()
    case .downloadReady: sendChunk()
    default: acknowledgeChunk()
    }
  }

  private mutating func reported(_ token: XMLAgentToken, _ message: String) -> XMLAgentAction {
    switch token {
    case .progress(let percent):
      note(.progress(message: message, percent: percent.map { min(100, $0) }))
      return wait([.ok(nil)])
    case .endOfProgress:
      state = .body
      return wait([.ok(nil)])
    case .ok, .error: return wait()
    }
  }

  /// The end follows, which has the reason.
  private mutating func refused(_ reason: String) -> XMLAgentAction {
    switch state {
    case .ended, .finished: return wait(limit: policy.nextStartLimit)
    case .answering where reason == "UNSUPPORTED": fail(.unsupported(command.name))
    case .refusing: break
    default: pendingRefusal = pendingRefusal ?? reason
    }
    state = .refusing
    transfer = nil
    return wait(limit: workLimit)
  }
}
