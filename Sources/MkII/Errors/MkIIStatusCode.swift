/// The byte that begins every reply but the one to PING; 00 is success, everything else an error code.
///
/// Source: `docs/protocols/mkii.md` 4.4 and 11.1.
public struct MkIIStatusCode: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let success = Self(rawValue: 0x00)
  /// The general failure: bad eMMC, a certificate of the modem, a failed write.
  public static let unknownError = Self(rawValue: 0x01)
  /// This project's own, for simulated devices.
  public static let noSuchItem = Self(rawValue: 0x02)
  /// Seen on SU_PREPARE_DATA_BLOCK_REQ after an earlier raw transfer was cut.
  public static let wrongState = Self(rawValue: 0x03)
  /// Signature, hash or downgrade refused.
  public static let securityFailure = Self(rawValue: 0x0A)

  /// What the code is known as; `nil` for codes nobody has explained.
  ///
  /// 02, 04 and 05 are this project's own, for simulated devices.
  public var name: String? {
    switch rawValue {
    case 0x00: "success"
    case 0x01: "Unknown error"
    case 0x02: "no such item"
    case 0x03: "wrong state"
    case 0x04: "malformed request"
    case 0x05: "image type not supported"
    case 0x0A: "Security failure"
    default: nil
    }
  }
}
