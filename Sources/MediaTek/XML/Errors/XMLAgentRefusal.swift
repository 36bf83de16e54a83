/// Why an agent says that a command failed: its own words, and what is known about them.
///
/// Source: `docs/protocols/mtk-xml.md` 6.1, 11, 13.
public struct XMLAgentRefusal: Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The second stage is older than the device lets in.
    case rollback
    /// The second stage is to go where it must not; the device restarts.
    case secondStageAddress
    /// Nothing is let in before the signature.
    case notAuthenticated
    /// Write protection, lock state, or an image that is not signed for this device.
    case security
    case pathSeparator
    case other
  }

  /// What stands in the message; of an empty one what the result adds to `ERR`. Empty where neither says anything.
  public var text: String

  public init(result: String = "ERR", message: String) {
    let rest = result.dropFirst(result.hasPrefix("ERR!") ? 4 : result.hasPrefix("ERR") ? 3 : 0)
    text = message.isEmpty ? String(rest) : message
  }

  public var reason: Reason {
    func has(_ part: String) -> Bool { text.lowercased().contains(part) }
    if has("invalid da version") { return .rollback }
    if has("2nd da address") { return .secondStageAddress }
    if has("not authenticated") { return .notAuthenticated }
    if has("security deny") { return .security }
    if has("path separator") { return .pathSeparator }
    return .other
  }

  /// A status in the numbers of XFlash, where the text has one: eight hexadecimal digits behind `0x`.
  public var status: UInt32? {
    for word in text.split(whereSeparator: { !$0.isHexDigit && $0 != "x" && $0 != "X" }) {
      guard word.hasPrefix("0x") || word.hasPrefix("0X"), word.utf8.count == 10 else { continue }
      if let status = UInt32(word.dropFirst(2), radix: 16), status >= 0xC000_0000 { return status }
    }
    return nil
  }
}
