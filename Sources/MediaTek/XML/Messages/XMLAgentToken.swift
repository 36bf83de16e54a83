/// A short text that acknowledges or refuses, with a value where it carries one.
///
/// Read tolerantly: `OK` and `ERR` count as prefixes, NULs and white space at the end do not, numbers are hexadecimal with
/// `0x` and decimal without. Source: `docs/protocols/mtk-xml.md` 3.2.
public enum XMLAgentToken: Equatable, Sendable {
  /// `OK`, or `OK@…` with what stands behind the sign.
  case ok(String?)
  /// `OK!PROGRESS@n`: percent, `nil` where there is no number.
  case progress(Int?)
  /// `OK!EOT`.
  case endOfProgress
  /// `ERR`, or what stands behind `ERR!`.
  case error(String)

  /// `OK` and its NUL.
  static let okByteCount: UInt64 = 3

  /// What an agent answers to a command that it does not know.
  public static let unsupported = XMLAgentToken.error("UNSUPPORTED")
  /// What a host says in place of `OK` to end a transfer.
  public static let cancel = XMLAgentToken.error("CANCEL")
  /// A host's status of the chunk that comes: it can be read.
  public static let ready = XMLAgentToken.ok("0x0")

  /// A size or status: `OK@0x200`, in lower-case hexadecimal.
  public static func number(_ number: UInt64) -> XMLAgentToken { .ok("0x" + String(number, radix: 16)) }

  /// `nil` for what is no token.
  public init?(parsing payload: [UInt8]) {
    // No token is longer than a message of an error.
    guard payload.count <= 4096 else { return nil }
    let text = XMLAgentText.trimmed(String(decoding: payload, as: UTF8.self))
    if text.hasPrefix("OK") {
      self = Self.positive(text.dropFirst(2))
    } else if text.hasPrefix("ERR") {
      let rest = text.dropFirst(3)
      self = .error(String(rest.hasPrefix("!") ? rest.dropFirst() : rest))
    } else {
      return nil
    }
  }

  private static func positive(_ rest: Substring) -> XMLAgentToken {
    if rest.hasPrefix("!EOT") { return .endOfProgress }
    if rest.hasPrefix("!PROGRESS") {
      let digits = rest.dropFirst(9).drop { $0 == "@" }.prefix { $0 != "@" }
      return .progress(XMLAgentNumber.parse(digits).map { Int(clamping: $0) })
    }
    guard rest.hasPrefix("@") else { return .ok(nil) }
    return .ok(String(rest.dropFirst().prefix { $0 != "@" }))
  }

  /// As it is sent, the NUL at its end included.
  public var payload: [UInt8] { Array(text.utf8) + [0] }

  public var text: String {
    switch self {
    case .ok(nil): "OK"
    case .ok(let value?): "OK@" + value
    case .progress(let percent): "OK!PROGRESS@" + (percent.map { "\($0)" } ?? "")
    case .endOfProgress: "OK!EOT"
    case .error(""): "ERR"
    case .error(let reason): "ERR!" + reason
    }
  }

  /// The number that it carries.
  public var number: UInt64? { if case .ok(let value?) = self { XMLAgentNumber.parse(value[...]) } else { nil } }
}

/// Numbers in tokens and elements: hexadecimal behind `0x`, else decimal.
public enum XMLAgentNumber {
  /// `nil` for anything else, also for what does not fit 64 bits.
  public static func parse(_ text: Substring) -> UInt64? {
    let text = text.drop { $0 == " " }.prefix { $0 != " " }
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHexadecimal ? text.dropFirst(2) : text
    guard let first = digits.first, first.isHexDigit else { return nil }
    return UInt64(digits, radix: isHexadecimal ? 16 : 10)
  }

  /// `0x1f`.
  public static func text(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}
