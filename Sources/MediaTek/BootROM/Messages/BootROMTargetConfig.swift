/// What a chip's security demands: the bits of GET_TARGET_CONFIG. A preloader tells the first three only.
///
/// Source: `docs/protocols/mtk-brom.md` 8.4.
public struct BootROMTargetConfig: OptionSet, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// SBC.
  public static let secureBoot = Self(rawValue: 1 << 0)
  /// SLA: the E3 dialogue.
  public static let linkAuthentication = Self(rawValue: 1 << 1)
  /// DAA: agents have to be signed with the device's root.
  public static let agentAuthentication = Self(rawValue: 1 << 2)
  /// EPP.
  public static let environmentParameter = Self(rawValue: 1 << 3)
  public static let rootCertificate = Self(rawValue: 1 << 4)
  public static let memoryReadLocked = Self(rawValue: 1 << 5)
  public static let memoryWriteLocked = Self(rawValue: 1 << 6)
  /// Command C8.
  public static let cacheControlBlocked = Self(rawValue: 1 << 7)

  /// What is demanded, in words, in the order of the bits; bits that nobody has described by their number.
  public var words: [String] {
    (0..<32).compactMap { bit in
      guard rawValue & (1 << UInt32(bit)) != 0 else { return nil }
      return bit < Self.names.count ? Self.names[bit] : "bit \(bit)"
    }
  }

  private static let names = [
    "secure boot (SBC)", "serial link authentication (SLA)", "agent authentication (DAA)",
    "environment parameter (EPP)", "root certificate required", "memory read needs authentication",
    "memory write needs authentication", "command C8 blocked",
  ]
}
