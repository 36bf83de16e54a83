import WireFormat

/// The hash of the manufacturer's public key: what a loader must be signed for.
///
/// Devices answer with the digest three times, once, or padded with zeros. Source: `docs/protocols/sahara.md` 4.2.
public struct SaharaKeyHash: Equatable, Sendable {
  /// One digest: 32, 48 or 64 bytes, or whatever a device gave that is none.
  public let bytes: [UInt8]

  public init(normalising answer: [UInt8]) {
    var digest = answer
    if answer.count >= 8,
      let period = (4...answer.count / 2).first(where: { Array(answer[..<$0]) == Array(answer[$0..<2 * $0]) })
    {
      digest = Array(answer.prefix(period))
    }
    let significant = digest.count - digest.reversed().prefix { $0 == 0 }.count
    let whole = [32, 48, 64].first { $0 >= significant } ?? significant
    bytes = Array(digest.prefix(min(whole, digest.count)))
  }

  /// Lower-case hexadecimal digits, as tools for these devices write it.
  public var text: String { Hex.string(bytes).lowercased() }

  /// Whether the device is not fused to any manufacturer: all bytes are zero.
  public var isZero: Bool { bytes.allSatisfy { $0 == 0 } }
}
