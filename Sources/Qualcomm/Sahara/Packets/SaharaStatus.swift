/// Why a device ended an exchange (END_OF_IMAGE_TX). Source: `docs/protocols/sahara.md` 2.5.
public struct SaharaStatus: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let success = Self(rawValue: 0x00)
  public static let invalidCommand = Self(rawValue: 0x01)
  public static let invalidHostVersion = Self(rawValue: 0x04)
  public static let invalidPacketSize = Self(rawValue: 0x05)
  public static let unexpectedImageID = Self(rawValue: 0x06)
  public static let invalidImageType = Self(rawValue: 0x09)
  public static let noProgramHeaders = Self(rawValue: 0x0E)
  public static let invalidELFHeader = Self(rawValue: 0x14)
  public static let hostError = Self(rawValue: 0x15)
  public static let receiveTimeout = Self(rawValue: 0x16)
  public static let modeNotSupported = Self(rawValue: 0x18)
  public static let memoryReadRefused = Self(rawValue: 0x19)
  public static let memoryDebugNotSupported = Self(rawValue: 0x1B)
  public static let invalidModeSwitch = Self(rawValue: 0x1C)
  public static let commandFailed = Self(rawValue: 0x1D)
  public static let invalidParameter = Self(rawValue: 0x1E)
  public static let commandNotSupported = Self(rawValue: 0x1F)
  public static let commandMismatch = Self(rawValue: 0x20)
  public static let authenticationFailed = Self(rawValue: 0x25)
  public static let invalidELFFormat = Self(rawValue: 0x29)

  private static let meanings: [String] = [
    "success", "command not valid in the current state", "protocol mismatch", "invalid target protocol version",
    "invalid host protocol version", "invalid packet size", "unexpected image id", "invalid image header size",
    "invalid image data size", "invalid image type", "invalid transmit length", "invalid receive length",
    "general send or receive error", "error reading the data", "too many or no program headers",
    "invalid program header size", "several shared segments", "uninitialised program header location",
    "invalid destination address", "invalid data size in the image header", "invalid ELF header",
    "unknown error reported by the host", "timeout while receiving", "timeout while sending",
    "mode asked for is not supported", "memory read refused", "host cannot handle the requested data size",
    "memory debug not supported", "invalid mode switch", "command execution failed", "invalid command parameter",
    "client command not supported", "client command of EXEC_DATA does not match EXEC",
    "authentication of the hash table failed", "hash of a segment does not match", "no hash table segment in the image",
    "target initialisation failed", "image authentication failed", "invalid size of the hash table",
    "enumeration failed", "hardware bulk transfer error", "invalid ELF image format",
  ]

  /// What the code means; `nil` above 29, where no list is public.
  public var meaning: String? { rawValue < UInt32(Self.meanings.count) ? Self.meanings[Int(rawValue)] : nil }

  /// What can be done about a code.
  public enum Advice: Equatable, Sendable {
    /// The ROM looked at the loader and refused it: wrong chip, wrong signature, damaged or wrong kind of file.
    case otherLoader
    /// The target does not have that feature.
    case featureMissing
    case none
  }

  public var advice: Advice {
    switch rawValue {
    case 0x13, 0x14, 0x20...0x23, 0x25, 0x26, 0x29: .otherLoader
    case 0x18, 0x1B, 0x1F: .featureMissing
    default: .none
    }
  }
}
