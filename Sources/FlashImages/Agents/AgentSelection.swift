/// Which entry of an agent file is for a chip, and why the others are not.
///
/// Source: `docs/protocols/mtk-da-file.md` 5.
public struct AgentSelection: Equatable, Sendable {
  /// What a boot ROM or preloader answers; 0 where it does not tell.
  public struct Device: Equatable, Sendable {
    public var hardwareCode: UInt16
    public var hardwareSubCode: UInt16
    public var hardwareVersion: UInt16
    public var softwareVersion: UInt16

    public init(
      hardwareCode: UInt16, hardwareSubCode: UInt16 = 0, hardwareVersion: UInt16 = 0, softwareVersion: UInt16 = 0
    ) {
      self.hardwareCode = hardwareCode
      self.hardwareSubCode = hardwareSubCode
      self.hardwareVersion = hardwareVersion
      self.softwareVersion = softwareVersion
    }
  }

  public enum Rejection: Equatable, Sendable {
    case otherCode(UInt16)
    case otherSubCode(UInt16)
    /// For later hardware than the device is.
    case laterHardware(UInt16)
    /// For later software than the device has.
    case laterSoftware(UInt16)
    /// Fits, and another one fits better.
    case worse
  }

  /// By the entry's index in the file.
  public let chosen: AgentEntry?
  public let rejections: [(index: Int, reason: Rejection)]

  public init(_ entries: [AgentEntry], for device: Device) {
    let chip = AgentChip.named(byHardwareCode: device.hardwareCode)
    let translated = chip?.agentCode ?? device.hardwareCode
    // The translated code first, then the chip's own.
    let code = entries.contains { $0.hardwareCode == translated } ? translated : device.hardwareCode
    var rejections: [(index: Int, reason: Rejection)] = []
    var fitting: [AgentEntry] = []
    for entry in entries {
      if let reason = Self.rejection(of: entry, code: code, device, isIoT: chip?.generation == .v3IoT) {
        rejections.append((entry.index, reason))
      } else {
        fitting.append(entry)
      }
    }
    let sorted = fitting.sorted { Self.goes($0, before: $1, for: device) }
    chosen = sorted.first
    rejections += sorted.dropFirst().map { ($0.index, .worse) }
    self.rejections = rejections.sorted { $0.index < $1.index }
  }

  private static func rejection(
    of entry: AgentEntry, code: UInt16, _ device: Device, isIoT: Bool
  ) -> Rejection? {
    guard entry.hardwareCode == code else { return .otherCode(entry.hardwareCode) }
    if isIoT, device.hardwareSubCode != 0, entry.hardwareSubCode != device.hardwareSubCode {
      return .otherSubCode(entry.hardwareSubCode)
    }
    if device.hardwareVersion != 0, entry.hardwareVersion > device.hardwareVersion {
      return .laterHardware(entry.hardwareVersion)
    }
    if device.softwareVersion != 0, entry.softwareVersion > device.softwareVersion {
      return .laterSoftware(entry.softwareVersion)
    }
    return nil
  }

  /// An exact match, then the highest hardware version, the highest software version, the plainest feature set, the
  /// file's order.
  private static func goes(_ one: AgentEntry, before other: AgentEntry, for device: Device) -> Bool {
    func isExact(_ entry: AgentEntry) -> Bool {
      entry.hardwareSubCode == device.hardwareSubCode && entry.hardwareVersion == device.hardwareVersion
        && entry.softwareVersion == device.softwareVersion
    }
    if isExact(one) != isExact(other) { return isExact(one) }
    if one.hardwareVersion != other.hardwareVersion { return one.hardwareVersion > other.hardwareVersion }
    if one.softwareVersion != other.softwareVersion { return one.softwareVersion > other.softwareVersion }
    if one.featureSet != other.featureSet { return one.featureSet < other.featureSet }
    return one.index < other.index
  }

  public static func == (left: AgentSelection, right: AgentSelection) -> Bool {
    left.chosen == right.chosen && left.rejections.count == right.rejections.count
      && zip(left.rejections, right.rejections).allSatisfy { $0 == $1 }
  }
}
