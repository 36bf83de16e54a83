/// What a device is to do next, in HELLO, HELLO_RSP and CMD_SWITCH_MODE. Source: `docs/protocols/sahara.md` 2.4.
public struct SaharaMode: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The device waits for an image.
  public static let imageTransferPending = Self(rawValue: 0)
  /// The last image of several; a host treats it like the first.
  public static let imageTransferComplete = Self(rawValue: 1)
  /// The device hands out its memory after a crash.
  public static let memoryDebug = Self(rawValue: 2)
  /// The device executes client commands.
  public static let command = Self(rawValue: 3)

  public var isImageTransfer: Bool { self == .imageTransferPending || self == .imageTransferComplete }

  /// In words; an unknown number as `mode 7`.
  public var name: String {
    switch self {
    case .imageTransferPending: "image transfer"
    case .imageTransferComplete: "image transfer (last image)"
    case .memoryDebug: "memory debug"
    case .command: "command"
    default: "mode \(rawValue)"
    }
  }
}
