/// The 16-bit status of boot ROMs and preloaders. Source: `docs/protocols/mtk-brom.md` 11.
public struct BootROMStatus: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Numbers below 0x100 are success: boot ROMs of MT6580, MT6582 and MT6261 answer writes with 1 (section 4).
  public var isSuccess: Bool { rawValue < 0x100 }

  public static let ok = Self(rawValue: 0)
  public static let readForbidden = Self(rawValue: 0x1000)
  public static let writeForbidden = Self(rawValue: 0x1001)
  public static let invalidAddress = Self(rawValue: 0x1D02)
  public static let noAuthenticationNeeded = Self(rawValue: 0x1D0C)
  public static let linkAuthenticationRequired = Self(rawValue: 0x1D0D)
  public static let overlappingBlock = Self(rawValue: 0x1D0E)
  public static let invalidJump = Self(rawValue: 0x1D0F)
  public static let unalignedBlock = Self(rawValue: 0x1D11)
  public static let invalidLength = Self(rawValue: 0x1D12)
  public static let lengthIsZero = Self(rawValue: 0x1D13)
  public static let signatureTooLong = Self(rawValue: 0x1D14)
  public static let signatureMissing = Self(rawValue: 0x1D15)
  public static let noDALoaded = Self(rawValue: 0x1D16)
  public static let baudRateTooHigh = Self(rawValue: 0x1D1D)
  public static let authenticationFailed = Self(rawValue: 0x2000)
  public static let signatureFailedOld = Self(rawValue: 0x2001)
  public static let signatureFailedDAA = Self(rawValue: 0x7015)
  public static let alreadyAuthenticated = Self(rawValue: 0x7017)
  public static let signatureFailed = Self(rawValue: 0x7024)
  public static let misaligned = Self(rawValue: 0xFFFF)
  public static let countIsZero = Self(rawValue: 0xFFFE)
  public static let countTooLarge = Self(rawValue: 0xFFFD)

  /// Whether a device says so that does not accept an agent's signature.
  public var isSignatureRefusal: Bool {
    [.signatureFailedOld, .signatureFailedDAA, .signatureFailed].contains(self)
  }

  /// What it stands for; `nil` for a number that nobody has described.
  public var meaning: String? {
    if let meaning = Self.meanings[rawValue] { return meaning }
    switch rawValue {
    case 0x9000...0x9016: return "certificate or image header does not fit"
    default: return nil
    }
  }

  private static let meanings: [UInt16: String] = [
    0x0000: "done", 0x0001: "done (of a write); unknown image (of BOOT_IMAGE)",
    0x1000: "reading this region is forbidden", 0x1001: "writing this region is forbidden",
    0x1D00: "address is 80000000 or above", 0x1D01: "address is 40000000 or above", 0x1D02: "invalid address",
    0x1D0C: "no authentication needed", 0x1D0D: "serial link authentication (SLA) required",
    0x1D0E: "agent overlaps another block", 0x1D0F: "invalid jump address", 0x1D10: "too many blocks",
    0x1D11: "agent's address is not aligned", 0x1D12: "invalid address and length", 0x1D13: "length is zero",
    0x1D14: "signature is longer than the agent", 0x1D15: "a signature is required (DAA)", 0x1D16: "no agent loaded",
    0x1D17: "blocks do not fit the authentication file", 0x1D1D: "baud rate too high",
    0x1D21: "agent's version is not supported", 0x2000: "verification of the authentication image failed",
    0x2001: "verification of the agent's signature failed", 0x2002: "no memory for the agent",
    0x2003: "agent's key could not be initialised", 0x2004: "image's key could not be initialised",
    0x2005: "hash failed", 0x2006: "relocation area too small", 0x2711: "mode not supported",
    0x2712: "mode forbidden", 0x2713: "bad arguments", 0x2714: "read failed", 0x2715: "write failed",
    0x2716: "read timed out", 0x2717: "write timed out", 0x2718: "disconnect needed",
    0x5A5B: "agent is on the blacklist", 0x6000: "secure boot key not found",
    0x6001: "security configuration not found", 0x6002: "public key not initialised", 0x6003: "SHA-256 failed",
    0x6004: "PSS check failed", 0x6005: "signature check failed", 0x7000: "region invalid: include",
    0x7001: "region invalid: overlap", 0x7002: "region invalid: overflow", 0x7003: "agent's location invalid",
    0x7004: "agent's length invalid", 0x7015: "agent's signature refused (DAA)",
    0x7017: "authenticated already", 0x7024: "verification of the agent's signature failed",
    0x703A: "probe refused", 0x7054: "probe refused", 0x8000: "bad signature size", 0x8001: "bad padding size",
    0xA000: "version synchronisation failed", 0xA001: "version check failed", 0xA002: "version check failed",
    0xA003: "rollback refused", 0xA004: "OTP error", 0xA005: "OTP error", 0xFFFD: "too many values",
    0xFFFE: "no values asked for", 0xFFFF: "address not aligned",
  ]
}
