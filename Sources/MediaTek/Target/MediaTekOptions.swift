public import FlashCore

/// What a user can say to MediaTek devices alone.
public struct MediaTekOptions: FamilyOptions, Equatable {
  /// How a session begins.
  public enum Beginning: Equatable, Sendable {
    /// Synchronise and wait for commands.
    case handshake
    /// Send a preloader that listens into one of its modes, in place of the handshake.
    case mode(BootROMToken)
  }

  public var beginning = Beginning.handshake
  /// The device's own preloader or memory settings (`--preloader`).
  public var preloader: String?
  /// An authentication file (`--auth`) and a root certificate (`--cert`).
  public var authentication: String?
  public var certificate: String?
  /// Answers the challenge of serial link authentication (`--sla-signer`).
  public var signer: (any ChallengeSigner)?
  /// Uses this entry of the agent file, whatever the chip says.
  public var forcedEntry: Int?
  /// Leaves a device at full speed that an agent could bring to high speed.
  public var keepsUSBSpeed = false
  /// Has an XML agent change a device to high speed, by a command whose effect nobody has described.
  public var triesUSBSpeed = false
  /// What an XFlash agent checks of the chunks that it is sent; `nil` for what hosts usually ask for, which is nothing.
  public var checksumLevel: XFlashChecksumLevel?

  public var familyName: String? { preloader == nil ? nil : MediaTekFamily.name }

  public init() {}

  public static func == (left: MediaTekOptions, right: MediaTekOptions) -> Bool {
    left.beginning == right.beginning && left.preloader == right.preloader
      && left.authentication == right.authentication && left.certificate == right.certificate
      && (left.signer == nil) == (right.signer == nil) && left.forcedEntry == right.forcedEntry
      && left.keepsUSBSpeed == right.keepsUSBSpeed && left.triesUSBSpeed == right.triesUSBSpeed
      && left.checksumLevel == right.checksumLevel
  }
}

/// Signs what a device wants signed, with a key that is the user's own: a program of his, or a service.
public protocol ChallengeSigner: Sendable {
  /// The response to a challenge. Throws `BootROMError.signer`.
  func sign(_ challenge: [UInt8]) async throws(BootROMError) -> [UInt8]
}

extension Connection {
  /// What the user said, or nothing.
  var mediaTek: MediaTekOptions {
    familyOptions.lazy.compactMap { $0 as? MediaTekOptions }.first ?? MediaTekOptions()
  }
}
