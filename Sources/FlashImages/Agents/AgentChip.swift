/// A chip, by the code that it answers with, and what agent files call it.
///
/// Source: `docs/protocols/mtk-da-file.md` 5; the chip table of the boot ROM's specification.
public struct AgentChip: Equatable, Sendable {
  /// What an agent for the chip speaks, unless the agent file says otherwise.
  public enum Generation: String, Equatable, Sendable {
    /// Legacy.
    case v3 = "V3"
    /// The older form of the legacy protocol, of feature phones and modems.
    case v3IoT = "V3-IoT"
    /// XFlash.
    case v5 = "V5"
    /// XML.
    case v6 = "V6"
  }

  /// What the boot ROM answers.
  public let hardwareCode: UInt16
  /// Marketing names: `MT6765, MT8768`.
  public let names: String
  /// The code under which agent files list it.
  public let agentCode: UInt16
  public let generation: Generation

  private init(_ hardwareCode: UInt16, _ names: String, _ agentCode: UInt16, _ generation: Generation) {
    self.hardwareCode = hardwareCode
    self.names = names
    self.agentCode = agentCode
    self.generation = generation
  }

  /// The chip that answers with this code.
  public static func named(byHardwareCode code: UInt16) -> AgentChip? { all.first { $0.hardwareCode == code } }

  /// The chips that agent files list under this code, or that answer with it.
  public static func listed(under code: UInt16) -> [AgentChip] {
    let listed = all.filter { $0.agentCode == code }
    return listed.isEmpty ? all.filter { $0.hardwareCode == code } : listed
  }

  public static let all: [AgentChip] = [
    AgentChip(0x0279, "MT6797, MT6767", 0x6797, .v5),
    AgentChip(0x0321, "MT6735, MT6735T, MT8735A", 0x6735, .v3),
    AgentChip(0x0326, "MT6755, MT6750 (M/T/S)", 0x6755, .v5),
    AgentChip(0x0335, "MT6737M, MT6735G", 0x6735, .v3),
    AgentChip(0x0337, "MT6753", 0x6735, .v3),
    AgentChip(0x0507, "MT6759", 0x6758, .v3),
    AgentChip(0x0551, "MT6757, MT6757D", 0x6757, .v5),
    AgentChip(0x0562, "MT6799", 0x6799, .v5),
    AgentChip(0x0571, "MT0571", 0x0571, .v3),
    AgentChip(0x0598, "Elbrus (MT0598)", 0x0598, .v3),
    AgentChip(0x0601, "MT6750", 0x6755, .v5),
    AgentChip(0x0633, "MT6570, MT8321", 0x6570, .v5),
    AgentChip(0x0688, "MT6758", 0x6758, .v5),
    AgentChip(0x0690, "MT6763", 0x6763, .v5),
    AgentChip(0x0699, "MT6739, MT6731, MT8765", 0x6739, .v5),
    AgentChip(0x0707, "MT6768, MT6769", 0x6768, .v5),
    AgentChip(0x0717, "MT6761, MT6762, MT3369, MT8766B, MT8761, AC8259, AC8257", 0x6761, .v5),
    AgentChip(0x0725, "MT6779", 0x6779, .v5),
    AgentChip(0x0766, "MT6765, MT8768", 0x6765, .v5),
    AgentChip(0x0788, "MT6771, MT8385, MT8183, MT8666", 0x6771, .v5),
    AgentChip(0x0813, "MT6785", 0x6785, .v5),
    AgentChip(0x0816, "MT6885, MT6883, MT6889, MT6880, MT6890", 0x6885, .v5),
    AgentChip(0x0886, "MT6873", 0x6873, .v5),
    AgentChip(0x0907, "MT6983", 0x0907, .v6),
    AgentChip(0x0908, "MT8696", 0x8696, .v5),
    AgentChip(0x0930, "MT8195", 0x8195, .v5),
    AgentChip(0x0950, "MT6891, MT6893", 0x6893, .v5),
    AgentChip(0x0959, "MT6877, MT6877V, MT8791N", 0x6877, .v5),
    AgentChip(0x0989, "MT6833", 0x6833, .v5),
    AgentChip(0x0992, "MT6880, MT6890 Modem", 0x0992, .v5),
    AgentChip(0x0996, "MT6853", 0x6853, .v5),
    AgentChip(0x1066, "MT6781", 0x6781, .v5),
    AgentChip(0x1129, "MT6855", 0x1129, .v6),
    AgentChip(0x1172, "MT6895", 0x1172, .v6),
    AgentChip(0x1203, "MT6897", 0x1203, .v6),
    AgentChip(0x1208, "MT6789, MT8781V", 0x1208, .v6),
    AgentChip(0x1209, "MT6835", 0x1209, .v6),
    AgentChip(0x1229, "MT6886", 0x1229, .v6),
    AgentChip(0x1236, "MT6989W", 0x1236, .v6),
    AgentChip(0x1296, "MT6985", 0x1296, .v6),
    AgentChip(0x1357, "MT6991", 0x1357, .v6),
    AgentChip(0x1375, "MT6878", 0x1375, .v6),
    AgentChip(0x1471, "MT6993", 0x1471, .v6),
    AgentChip(0x2523, "MT2523", 0x2523, .v3IoT),
    AgentChip(0x2601, "MT2601", 0x2601, .v3IoT),
    AgentChip(0x2625, "MT2625", 0x2625, .v3IoT),
    AgentChip(0x3967, "MT3967", 0x3967, .v3),
    AgentChip(0x5932, "MT5932", 0x5932, .v3IoT),
    AgentChip(0x6225, "MT6225", 0x6225, .v3IoT),
    AgentChip(0x6226, "MT6226", 0x6226, .v3IoT),
    AgentChip(0x6236, "MT6236", 0x6236, .v3IoT),
    AgentChip(0x6238, "MT6238", 0x6238, .v3IoT),
    AgentChip(0x6253, "MT6253", 0x6253, .v3IoT),
    AgentChip(0x6255, "MT6255", 0x6255, .v3IoT),
    AgentChip(0x6256, "MT6256", 0x6256, .v3IoT),
    AgentChip(0x625A, "MT625a", 0x625A, .v3IoT),
    AgentChip(0x6261, "MT6261, MT2503", 0x6261, .v3IoT),
    AgentChip(0x6268, "MT6268", 0x6268, .v3IoT),
    AgentChip(0x6270, "MT6270", 0x6270, .v3IoT),
    AgentChip(0x6276, "MT6276", 0x6276, .v3IoT),
    AgentChip(0x6280, "MT6280", 0x6280, .v3IoT),
    AgentChip(0x6291, "MT6291", 0x6291, .v3IoT),
    AgentChip(0x6516, "MT6516", 0x6516, .v3),
    AgentChip(0x6571, "MT6571", 0x6571, .v3),
    AgentChip(0x6572, "MT6572", 0x6572, .v3),
    AgentChip(0x6573, "MT6573", 0x6573, .v3),
    AgentChip(0x6575, "MT6575, MT8317", 0x6575, .v3),
    AgentChip(0x6577, "MT6577", 0x6577, .v3),
    AgentChip(0x6580, "MT6580", 0x6580, .v3),
    AgentChip(0x6582, "MT6582, MT6574, MT8382", 0x6582, .v3),
    AgentChip(0x6583, "MT6583, MT6589", 0x6583, .v3),
    AgentChip(0x6592, "MT6592, MT8392", 0x6592, .v3),
    AgentChip(0x6595, "MT6595", 0x6595, .v3),
    AgentChip(0x6752, "MT6752", 0x6752, .v3),
    AgentChip(0x6795, "MT6795", 0x6795, .v3),
    AgentChip(0x6899, "MT6899", 0x1357, .v6),
    AgentChip(0x7682, "MT7682", 0x7682, .v3IoT),
    AgentChip(0x7686, "MT7686", 0x7686, .v3IoT),
    AgentChip(0x8127, "MT8127, MT3367, AC8227L", 0x8127, .v3),
    AgentChip(0x8135, "MT8135", 0x8135, .v3),
    AgentChip(0x8163, "MT8163", 0x8163, .v3),
    AgentChip(0x8167, "MT8167, MT8516, MT8362", 0x8167, .v5),
    AgentChip(0x8168, "MT8168, MT6357", 0x8168, .v5),
    AgentChip(0x8172, "MT8173", 0x8173, .v3),
    AgentChip(0x8176, "MT8176", 0x8173, .v3),
    AgentChip(0x8512, "MT8512", 0x8512, .v5),
    AgentChip(0x8518, "MT8518 VoiceAssistant", 0x8518, .v5),
    AgentChip(0x8590, "MT8590, MT7683, MT8521, MT7623", 0x8590, .v3),
    AgentChip(0x8695, "MT8695", 0x8695, .v5),
  ]
}
