import FlashCore
import FlashImages
import WireFormat

/// Puts together what is known of a device: from its descriptors, and from its answers.
struct MediaTekIdentityFacts {
  var kind: LinkKind
  var answers: BootROMIdentity?
  var actor: BootROMActor?
  /// An agent answered in their place.
  var isAgent = false

  var identity: DeviceIdentity {
    var facts: [DeviceIdentity.Fact] = [.init(MediaTekFact.mode, .text(mode))]
    if let answers { facts += Self.facts(answers) }
    return DeviceIdentity(
      family: MediaTekFamily.name, model: answers.flatMap(Self.chipName), mode: mode, serialNumber: serialNumber,
      facts: facts)
  }

  private var mode: String { isAgent ? "agent" : (answers?.actor ?? actor)?.name ?? "boot ROM or preloader" }

  /// The chip's own id; else what the descriptors say.
  private var serialNumber: String? {
    if let id = answers?.meID { return Hex.string(id).lowercased() }
    guard case .usb(let device) = kind else { return nil }
    return device.serialNumber
  }

  /// The first name of the chip table: `MT6765` of `MT6765, MT8768`.
  private static func chipName(_ answers: BootROMIdentity) -> String? {
    AgentChip.named(byHardwareCode: answers.hardwareCode).map { chip in
      String(chip.names.prefix { $0 != "," && $0 != " " })
    }
  }

  private static func facts(_ found: BootROMIdentity) -> [DeviceIdentity.Fact] {
    func hex(_ value: UInt16) -> DeviceIdentity.Fact.Value {
      .text("0x" + BootROMDriver.hexadecimal(value).lowercased())
    }
    let chip = AgentChip.named(byHardwareCode: found.hardwareCode)
    var facts: [DeviceIdentity.Fact] = [
      .init(MediaTekFact.chip, chip.map { .text($0.names) } ?? .unknown),
      .init(MediaTekFact.hardwareCode, hex(found.hardwareCode)),
      .init(MediaTekFact.hardwareSubCode, hex(found.hardwareSubCode)),
      .init(MediaTekFact.hardwareVersion, hex(found.hardwareVersion)),
      .init(MediaTekFact.softwareVersion, hex(found.softwareVersion)),
    ]
    switch found.actor {
    case .bootROM:
      facts.append(.init(MediaTekFact.bootROMVersion, found.bootROMVersion.map { .number(UInt64($0)) } ?? .unknown))
    case .preloader(let version):
      facts.append(.init(MediaTekFact.preloaderVersion, .number(UInt64(version))))
      if let capabilities = found.capabilities {
        facts.append(.init(MediaTekFact.capabilities, .list(Self.names(of: capabilities))))
      }
    }
    if !found.isOld {
      facts.append(.init(MediaTekFact.security, found.targetConfig.map { .list($0.words) } ?? .unknown))
    }
    facts.append(.init(MediaTekFact.generation, chip.map { .text($0.generation.rawValue) } ?? .unknown))
    if let id = found.meID { facts.append(.init(MediaTekFact.meID, .text(Hex.string(id).lowercased()))) }
    if let id = found.socID { facts.append(.init(MediaTekFact.socID, .text(Hex.string(id).lowercased()))) }
    return facts
  }

  /// Bits of GET_PL_CAP's first word. Source: `docs/protocols/mtk-brom.md` 8.2.
  private static func names(of capabilities: UInt32) -> [String] {
    let names = ["XFlash", "ME id", "SOC id"]
    return (0..<32).compactMap { bit in
      guard capabilities & (1 << UInt32(bit)) != 0 else { return nil }
      return bit < names.count ? names[bit] : "bit \(bit)"
    }
  }
}

/// The names of the facts in a MediaTek device's identity, in the order in which they are shown.
public enum MediaTekFact {
  public static let mode = "mode"
  public static let chip = "chip"
  public static let hardwareCode = "hardware code"
  public static let hardwareSubCode = "hardware sub code"
  public static let hardwareVersion = "hardware version"
  public static let softwareVersion = "software version"
  public static let bootROMVersion = "boot ROM version"
  public static let preloaderVersion = "preloader version"
  public static let capabilities = "preloader capabilities"
  public static let security = "security"
  public static let generation = "agent generation"
  public static let meID = "ME id"
  public static let socID = "SOC id"
}
