/// A command of Sahara's command mode. Source: `docs/protocols/sahara.md` 4.2.
public struct SaharaClientCommand: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let nop = Self(rawValue: 0x00)
  /// The chip's serial number, 32 bits.
  public static let serialNumber = Self(rawValue: 0x01)
  /// `SaharaHardwareID`, three times; not answered by devices of version 3.
  public static let hardwareID = Self(rawValue: 0x02)
  /// `SaharaKeyHash`.
  public static let keyHash = Self(rawValue: 0x03)
  /// Leaves Sahara for DMSS download (dload).
  public static let switchToDownload = Self(rawValue: 0x04)
  /// Leaves Sahara for streaming download.
  public static let switchToStreamingDownload = Self(rawValue: 0x05)
  /// The boot ROM's log.
  public static let debugData = Self(rawValue: 0x06)
  /// The boot loader's software version, 32 bits.
  public static let softwareVersion = Self(rawValue: 0x07)
  /// The commands that the device knows, 32 bits each.
  public static let commandList = Self(rawValue: 0x08)
  /// What the device learned of its memory, to be given back as image 34.
  public static let trainingData = Self(rawValue: 0x09)
  /// `SaharaChipID`: what devices of version 3 have in place of `hardwareID`.
  public static let chipID = Self(rawValue: 0x0A)

  /// In words; an unknown one as `command 0x2a`.
  public var name: String {
    switch self {
    case .nop: "no operation"
    case .serialNumber: "serial number"
    case .hardwareID: "hardware id"
    case .keyHash: "public key hash"
    case .switchToDownload: "switch to DMSS download"
    case .switchToStreamingDownload: "switch to streaming download"
    case .debugData: "debug data"
    case .softwareVersion: "software version"
    case .commandList: "command list"
    case .trainingData: "training data"
    case .chipID: "chip id"
    default: "command 0x" + String(rawValue, radix: 16)
    }
  }
}
