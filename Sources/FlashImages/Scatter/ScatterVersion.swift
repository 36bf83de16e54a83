/// `config_version`: the generation of the format.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.6.
public struct ScatterVersion: Equatable, Sendable {
  /// As the file writes it: `V1.1.2`, `2.4`.
  public var text: String

  public init(_ text: String) { self.text = text }

  public static let v112 = ScatterVersion("V1.1.2")
  public static let v118 = ScatterVersion("V1.1.8")
  public static let v210 = ScatterVersion("V2.1.0")

  /// The first number; `nil` where there is none.
  public var major: Int? {
    let digits = text.drop { $0 == "V" || $0 == "v" }.prefix { $0.isASCII && $0.isNumber }
    return Int(digits)
  }

  /// Whether the partitions stand in sections by storage.
  public var hasStorageSections: Bool { (major ?? 1) >= 2 }

  /// Whether somebody has described it.
  public var isKnown: Bool { Self.known.contains(text.uppercased()) }

  /// Whether linear addresses count the boot sections of an eMMC too (`docs/protocols/mtk-scatter.md` 4.1).
  public var hasLinearAddresses: Bool { text.uppercased() == "V1.1.1" }

  private static let known: Set<String> = [
    "V1.1.1", "V1.1.2", "V1.1.3", "V1.1.6", "V1.1.7", "V1.1.8", "V2.0.0", "V2.1.0", "V2.2.0", "2.4",
  ]
}
