public import FlashCore

/// Nokia's Maemo and Harmattan devices in the modes where they speak Mk II: update mode, PC Suite mode, and TCP.
///
/// Source: `docs/protocols/mkii.md`.
public struct MkIIFamily: DeviceFamily {
  static let name = "mkii"

  /// Limits and sizes of the sessions. A connection's own `timeout` replaces the limits on silence.
  public var policy: MkIIPolicy

  public init(policy: MkIIPolicy = MkIIPolicy()) { self.policy = policy }

  public var name: String { Self.name }
  public var identities: [USBIdentity] { Self.table }
  public func speaks(over scheme: String) -> Bool { scheme == "tcp" }
  public func recognise(_ device: USBDeviceInfo) -> RecognisedMode? { Self.recognise(device) }

  /// Opens the channel and runs the start of a session. Throws `MkIIError`; the link is closed then.
  public func connect(_ connection: Connection) async throws -> any FlashTarget {
    try await MkIITarget(connecting: connection, policy: policy)
  }
}
