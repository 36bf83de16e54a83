import WireFormat

/// One request and the search for its reply among whatever arrives.
///
/// ```
/// var exchange = MkIIExchange(.begin, transactionID: 7)
/// // send exchange.requestBytes, then for each datagram until there is a reply:
/// switch try exchange.receive(datagram) { … }
/// ```
///
/// Replies to earlier requests and datagrams of other Phonet resources are skipped, up to a limit; anything else
/// that is no reply ends the exchange. Source: `docs/protocols/mkii.md` 4.2–4.5.
public struct MkIIExchange: Sendable {
  /// What a datagram was.
  public enum Verdict: Equatable, Sendable {
    case reply(MkIIReply)
    /// Not for this request: read on within the same limit.
    case skip(Skipped)
  }

  public enum Skipped: Equatable, Sendable {
    /// A reply with another transaction id or to another type of request.
    case stale(transactionID: UInt8, messageID: UInt8)
    /// A datagram of another Phonet resource.
    case otherResource(UInt8)
  }

  public let request: MkIIRequest
  public let transactionID: UInt8
  private let staleLimit: Int
  private let otherLimit: Int
  private var staleCount = 0
  private var otherCount = 0

  public init(_ request: MkIIRequest, transactionID: UInt8, policy: MkIIPolicy = MkIIPolicy()) {
    self.request = request
    self.transactionID = transactionID
    staleLimit = policy.staleReplies
    otherLimit = policy.otherDatagrams
  }

  /// The request as it goes over the wire.
  public var requestBytes: [UInt8] { request.message(transactionID: transactionID).bytes }

  /// Judges one datagram. Throws `violation` or `serviceNotRunning`, after which the exchange is over.
  public mutating func receive(_ datagram: RawSpan) throws(MkIIError) -> Verdict {
    if let resource = Self.otherResource(of: datagram) {
      otherCount += 1
      guard otherCount <= otherLimit else { throw violation(.otherTraffic(count: otherCount)) }
      return .skip(.otherResource(resource))
    }
    let message: MkIIMessage
    do throws(WireError) { message = try MkIIMessage(parsing: datagram, as: .reply) } catch {
      throw violation(.malformed(error))
    }
    guard message.transactionID == transactionID else { return try skipStale(message) }
    switch message.messageID {
    case request.type.replyID: return .reply(MkIIReply(to: request.type, data: message.data))
    case MkIIMessageType.phonetCommonMessage: throw .serviceNotRunning(request: request.type.name)
    default: return try skipStale(message)
    }
  }

  private mutating func skipStale(_ message: MkIIMessage) throws(MkIIError) -> Verdict {
    staleCount += 1
    guard staleCount <= staleLimit else { throw violation(.staleReplies(count: staleCount)) }
    return .skip(.stale(transactionID: message.transactionID, messageID: message.messageID))
  }

  private func violation(_ violation: MkIIViolation) -> MkIIError { .violation(violation, request: request.type.name) }

  /// The resource of a Phonet datagram that is not ours; `nil` when it is ours or no Phonet datagram.
  private static func otherResource(of datagram: RawSpan) -> UInt8? {
    guard let media = try? datagram.byte(at: 0), media == 0x1B, let resource = try? datagram.byte(at: 3),
      resource != MkIIMessage.resource
    else { return nil }
    return resource
  }
}
