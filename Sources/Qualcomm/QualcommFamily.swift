public import FlashCore

/// Qualcomm phones and modems: Sahara, Firehose, dload, streaming download and DIAG.
///
/// This version speaks Sahara and Firehose, and recognises the other modes.
public struct QualcommFamily: DeviceFamily {
  static let name = "qualcomm"

  /// Limits and sizes of the sessions. A connection's own `timeout` replaces the limits on silence.
  public var policy: SaharaPolicy

  public init(policy: SaharaPolicy = SaharaPolicy()) { self.policy = policy }

  public var name: String { Self.name }
  public var identities: [USBIdentity] { QualcommIdentities.all }
  /// Character devices of modems and accelerators that boot over Sahara.
  public func speaks(over scheme: String) -> Bool { scheme == "tty" }

  /// Recognises a listed id where it tells; else, for listed ids and every device of vendor 05c6, goes by the
  /// interfaces. A composite whose descriptors could not be read is not guessed at.
  public func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    let listed = identities.first { $0.vendorID == device.vendorID && $0.productID == device.productID }
    if let listed, listed.isDistinctive {
      return RecognisedMode(family: name, mode: listed.mode, isSupported: listed.isSupported)
    }
    guard listed != nil || device.vendorID == 0x05C6, let configuration = device.configuration,
      let mode = QualcommInterfaceMode(configuration)
    else { return nil }
    return RecognisedMode(family: name, mode: mode.rawValue, isSupported: mode == .sahara)
  }

  /// Opens the channel and listens what the device says by itself. Throws `SaharaError`; the link is closed then.
  public func connect(_ connection: Connection) async throws -> any FlashTarget {
    try await QualcommTarget(connecting: connection, policy: policy)
  }
}
