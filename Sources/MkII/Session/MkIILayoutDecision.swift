import WireFormat

/// Decides, reply by reply, which of the two layouts a device uses for its multi-field replies, and keeps the decision
/// for the connection.
///
/// Source: `docs/protocols/mkii.md` 9.5, the host decoding rule. Stricter than that text in one point: a reply that
/// contradicts an earlier decision is a violation, since a device has one layout.
public struct MkIILayoutDecision: Equatable, Sendable {
  /// What replies have shown so far; `nil` until one has.
  public private(set) var layout: MkIIReplyLayout?
  /// Whether a reply had to be read as L0 without any evidence.
  public private(set) var wasAssumed = false

  public init() {}

  /// The layout of a credit reply (2B): the first word is a small count.
  public mutating func decide(credit data: [UInt8]) throws(MkIIError) -> MkIIReplyLayout {
    try take(Self.evidence(smallFirstWord: data), request: .waitCredit)
  }

  /// The layout of a status reply (26): the first word is a small number, and the total may be the image's size.
  public mutating func decide(status data: [UInt8], imageByteCount: UInt32) throws(MkIIError) -> MkIIReplyLayout {
    try take(
      Self.evidence(total: data, imageByteCount: imageByteCount) ?? Self.evidence(smallFirstWord: data),
      request: .status)
  }

  /// The layout of a header reply (24): what is decided, else the reading that makes the handle a small number.
  public func layout(header data: [UInt8]) -> MkIIReplyLayout {
    layout ?? Self.evidence(smallFirstWord: data) ?? .l0
  }

  private mutating func take(
    _ evidence: MkIIReplyLayout?, request: MkIIMessageType
  ) throws(MkIIError) -> MkIIReplyLayout {
    if let evidence {
      if let layout, layout != evidence { throw .violation(.layoutChanged(from: layout), request: request.name) }
      layout = evidence
      return evidence
    }
    if layout == nil { wasAssumed = true }
    return layout ?? .l0
  }

  private static func evidence(smallFirstWord data: [UInt8]) -> MkIIReplyLayout? {
    guard data.count >= 5 else { return nil }
    return switch (data[3] != 0, data[4] != 0) {
    case (true, false): .l0
    case (false, true): .l1
    case (true, true), (false, false): nil
    }
  }

  private static func evidence(total data: [UInt8], imageByteCount: UInt32) -> MkIIReplyLayout? {
    guard imageByteCount != 0 else { return nil }
    let matches = MkIIReplyLayout.allCases.filter { layout in
      (try? MkIIStatusReply(parsing: data.rawSpan, layout: layout))?.total == imageByteCount
    }
    return matches.count == 1 ? matches.first : nil
  }
}
