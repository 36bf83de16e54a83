/// The beginning of every session, without any I/O: PING until it is answered, the version exchange, the items.
///
/// Give it the time, the replies, and the failures of exchanges; each input returns what to do next. Only PING is
/// tried again, because the update service may need time after the device has enumerated.
/// Source: `docs/protocols/mkii.md` 6.
public struct MkIISessionStart: Sendable {
  public enum Action: Equatable, Sendable {
    /// Make this request with this limit, and give the reply to `receive` or the error to `fail`.
    case request(MkIIRequest, limit: Duration)
    /// Call `resume` at this time.
    case pause(until: Duration)
    case finish(MkIIAnswers)
  }

  private enum State {
    case pinging(attempt: Int, started: Duration)
    case asking(MkIIItem)
    case finished
  }

  private let policy: MkIIPolicy
  private var state: State = .finished
  private var answers = MkIIAnswers(protocolVersion: "", productCode: "", hardwareBuild: "", supportedImages: [])
  /// Optional items that the device refused, with its code.
  public private(set) var refusedItems: [(item: MkIIItem, code: MkIIStatusCode)] = []

  public init(policy: MkIIPolicy = MkIIPolicy()) { self.policy = policy }

  public mutating func start(now: Duration) -> Action { ping(attempt: 0, now: now) }

  private mutating func ping(attempt: Int, now: Duration) -> Action {
    state = .pinging(attempt: attempt, started: now)
    let limits = policy.pingLimits
    return .request(.ping, limit: limits.indices.contains(attempt) ? limits[attempt] : policy.messageLimit)
  }

  /// An exchange failed. Throws the error again unless PING is to be repeated.
  public mutating func fail(_ error: MkIIError, now: Duration) throws(MkIIError) -> Action {
    guard case .pinging(let attempt, let started) = state, attempt + 1 < policy.pingLimits.count else { throw error }
    switch error {
    case .noReply, .serviceNotRunning: break
    default: throw error
    }
    // An answer that came at once ("nobody listens") must not use up all attempts at once.
    return .pause(until: max(now, started + policy.pingLimits[attempt]))
  }

  /// The pause is over.
  public mutating func resume(now: Duration) -> Action {
    guard case .pinging(let attempt, _) = state else { return start(now: now) }
    return ping(attempt: attempt + 1, now: now)
  }

  public mutating func receive(_ reply: MkIIReply) throws(MkIIError) -> Action {
    switch state {
    case .pinging:
      guard reply.data.isEmpty else {
        throw .violation(.pingCarriesData(byteCount: reply.data.count), request: reply.request.name)
      }
      return ask(.protocolVersion)
    case .asking(.hostProtocolVersion):
      try reply.requireSuccess()
      return ask(.productCode)
    case .asking(let item):
      try take(reply, of: item)
      return next(after: item)
    case .finished:
      return .finish(answers)
    }
  }

  private mutating func ask(_ item: MkIIItem) -> Action {
    state = .asking(item)
    let request: MkIIRequest =
      item == .hostProtocolVersion
      ? .tell(item: item.rawValue, value: MkIIAnswers.knownVersion) : .get(item: item.rawValue)
    return .request(request, limit: policy.messageLimit)
  }

  private mutating func take(_ reply: MkIIReply, of item: MkIIItem) throws(MkIIError) {
    if item == .softwareRelease, let code = reply.data.first, code != 0 {
      refusedItems.append((item, MkIIStatusCode(rawValue: code)))
      return
    }
    let text = try reply.text(of: item.rawValue)
    switch item {
    case .protocolVersion:
      guard !text.isEmpty else { throw .violation(.emptyVersion, request: reply.request.name) }
      answers.protocolVersion = text
    case .productCode: answers.productCode = text
    case .hardwareBuild:
      guard MkIIAnswers.isHardwareBuild(text) else {
        throw .violation(.invalidHardwareBuild(text), request: reply.request.name)
      }
      answers.hardwareBuild = text
    case .supportedImages: answers.supportedImages = MkIIAnswers.list(text)
    case .softwareRelease: answers.softwareRelease = text
    case .hostProtocolVersion: break
    }
  }

  private mutating func next(after item: MkIIItem) -> Action {
    switch item {
    case .protocolVersion: return ask(.hostProtocolVersion)
    case .hostProtocolVersion: return ask(.productCode)
    case .productCode: return ask(.hardwareBuild)
    case .hardwareBuild: return ask(.supportedImages)
    case .supportedImages where answers.protocolVersion == MkIIAnswers.knownVersion: return ask(.softwareRelease)
    case .supportedImages, .softwareRelease:
      state = .finished
      return .finish(answers)
    }
  }
}
