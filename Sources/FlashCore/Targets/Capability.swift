/// What a connected device can do beyond identifying itself. Commands ask; they never switch over vendors.
public enum Capability: String, Equatable, Sendable, CaseIterable {
  /// Its storage has sections whose sizes it tells.
  case storage
  case partitions
  case read
  /// It takes whole images.
  case write
  /// It takes any sectors of an image, so that a write can be resumed and can leave out what has not changed.
  case writeRanges
  case erase
  case verify
  /// It computes SHA-256 over ranges of its storage.
  case digest
  case patch
  case zero
  /// One of several storages can be chosen.
  case configure
  /// The section that it boots from can be chosen.
  case makeBootable
  /// Its partitions come in two sets, and it boots one of them.
  case slots
  /// Its storage can be saved so that it can be written back: sectors, not raw flash with bad blocks.
  case backup
  case reboot
}

/// The device's protocol has no way to do what was asked.
public struct UnsupportedOperation: Error, Equatable, Sendable {
  /// The protocol's name as the field writes it: `Mk II`.
  public var protocolName: String
  public var capability: Capability
  /// What exactly, where the capability as such exists: a reboot mode.
  public var detail: String?

  public init(protocolName: String, capability: Capability, detail: String? = nil) {
    self.protocolName = protocolName
    self.capability = capability
    self.detail = detail
  }
}
