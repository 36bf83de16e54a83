public import WireFormat

/// The answer to nearly everything: a frame with one number. Source: `docs/protocols/mtk-xflash.md` 4 and 12.
public struct XFlashStatus: RawRepresentable, Equatable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Reads a frame's payload: 2 bytes count as a small number, of more than 4 only the first 4 count, and the frame's
  /// magic in place of a number means success.
  ///
  /// Throws `WireError.truncated` for any other length.
  public init(payload: RawSpan) throws(WireError) {
    guard payload.byteCount != 2 else {
      rawValue = UInt32(try payload.load(littleEndian: UInt16.self, at: 0))
      return
    }
    let word = try payload.load(littleEndian: UInt32.self, at: 0)
    rawValue = word == XFlashHeader.magic ? 0 : word
  }

  public var isOK: Bool { self == .ok }
  public var isError: Bool { rawValue >> 28 == 0xC }

  /// Bits 23 to 16.
  public enum Domain: UInt8, Sendable {
    case common = 1
    case security = 2
    case library = 3
    case device = 4
    case exception = 5
    case bootROM = 6
    case agent = 7
    case preloader = 8
  }

  public var domain: Domain? { Domain(rawValue: UInt8(truncatingIfNeeded: rawValue >> 16)) }
  /// Bits 15 to 0.
  public var code: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

  /// What the status means; `nil` where nobody has described it. The number is always worth saying too.
  public var name: String? {
    switch self {
    case .ok: return "OK"
    case .synchronised: return "SYNC"
    case .continues: return "continue"
    case .complete: return "complete"
    default:
      guard isError, let domain else { return nil }
      return XFlashStatusNames.name(code, in: domain)
    }
  }

  /// Eight digits.
  public var hexadecimal: String {
    let digits = String(rawValue, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  public static let ok = XFlashStatus(rawValue: 0)
  /// "SYNC": the agent, or its second stage, is up.
  public static let synchronised = XFlashStatus(rawValue: 0x434E_5953)
  /// A progress value follows.
  public static let continues = XFlashStatus(rawValue: 0x4004_0004)
  public static let complete = XFlashStatus(rawValue: 0x4004_0005)

  public static let aborted = XFlashStatus(rawValue: 0xC001_0002)
  public static let unsupportedCommand = XFlashStatus(rawValue: 0xC001_0003)
  public static let unsupportedControl = XFlashStatus(rawValue: 0xC001_0004)
  public static let protocolError = XFlashStatus(rawValue: 0xC001_0005)
  public static let bufferOverflow = XFlashStatus(rawValue: 0xC001_0006)
  public static let downloadForbidden = XFlashStatus(rawValue: 0xC002_0004)
  public static let imageTooLarge = XFlashStatus(rawValue: 0xC002_0005)
  public static let writingNotAllowed = XFlashStatus(rawValue: 0xC002_000C)
  public static let formattingNotAllowed = XFlashStatus(rawValue: 0xC002_000D)
  public static let signatureRejected = XFlashStatus(rawValue: 0xC002_0042)
  public static let paddingFailed = XFlashStatus(rawValue: 0xC002_004A)
  public static let invalidTable = XFlashStatus(rawValue: 0xC003_0008)
  public static let unsupportedOperation = XFlashStatus(rawValue: 0xC004_0001)
  public static let wrongChecksum = XFlashStatus(rawValue: 0xC004_0003)
  public static let unknownSparseFormat = XFlashStatus(rawValue: 0xC004_0004)
  public static let partitionNotFound = XFlashStatus(rawValue: 0xC004_0006)
  public static let rangeExceeded = XFlashStatus(rawValue: 0xC004_000B)
  public static let storageError = XFlashStatus(rawValue: 0xC004_0030)
  public static let memoryVersionMismatch = XFlashStatus(rawValue: 0xC004_0050)
  public static let oneTimeZoneUnsupported = XFlashStatus(rawValue: 0xC004_0100)
  public static let externalMemoryFailed = XFlashStatus(rawValue: 0xC005_0005)
  public static let hashMismatch = XFlashStatus(rawValue: 0xC007_0004)
}
