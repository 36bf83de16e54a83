public import FlashImages

/// What a boot ROM or preloader answered about itself; `nil` and 0 where it does not tell.
public struct BootROMIdentity: Equatable, Sendable {
  public var actor: BootROMActor
  public var hardwareCode: UInt16
  public var hardwareSubCode: UInt16 = 0
  public var hardwareVersion: UInt16 = 0
  public var softwareVersion: UInt16 = 0
  /// The version of a boot ROM, by FF.
  public var bootROMVersion: UInt8?
  public var targetConfig: BootROMTargetConfig?
  /// XFlash 1, ME id 2, SOC id 4: a preloader's.
  public var capabilities: UInt32?
  /// 16 bytes, of this one chip: what users know as its serial number.
  public var meID: [UInt8]?
  /// 32 bytes.
  public var socID: [UInt8]?
  /// A chip that answers legacy commands only.
  public var isOld = false

  public init(actor: BootROMActor, hardwareCode: UInt16) {
    self.actor = actor
    self.hardwareCode = hardwareCode
  }

  /// What agent files' entries are chosen by.
  public var agentDevice: AgentSelection.Device {
    AgentSelection.Device(
      hardwareCode: hardwareCode, hardwareSubCode: hardwareSubCode, hardwareVersion: hardwareVersion,
      softwareVersion: softwareVersion)
  }
}
