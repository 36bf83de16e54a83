import WireFormat

/// The flash chips that an agent of a feature phone or modem knows.
///
/// Records of 36 bytes, ended by one whose first number is 0xFFFF. Source: `docs/protocols/mtk-da-file.md` 9.
public struct AgentFlashTable: Equatable, Sendable {
  public struct Chip: Equatable, Sendable {
    public var index: UInt16
    /// JEDEC: manufacturer, type and capacity.
    public var identity: [UInt16]
  }

  public let chips: [Chip]
  /// Whether a terminator ends it.
  public let isTerminated: Bool

  static let recordByteCount = 36

  /// The records of a region's content.
  public init(_ content: [UInt8]) {
    let fields = AgentFields(content)
    var chips: [Chip] = []
    var isTerminated = false
    for place in stride(from: 0, through: content.count - Self.recordByteCount, by: Self.recordByteCount) {
      guard fields.half(place) != 0xFFFF else {
        isTerminated = true
        break
      }
      chips.append(
        Chip(index: fields.half(place), identity: [0x12, 0x14, 0x16].map { fields.half(place + $0) }))
    }
    self.chips = chips
    self.isTerminated = isTerminated
  }

  /// The record of what an agent reports: three big-endian numbers, `00 C2 00 25 00 34`.
  public func chip(reported: [UInt8]) -> Chip? {
    guard reported.count >= 6 else { return nil }
    let identity = (0..<3).map { UInt16(reported[2 * $0]) << 8 | UInt16(reported[2 * $0 + 1]) }
    return chips.first { $0.identity == identity }
  }
}
