import FlashImages

extension AgentChip {
  /// The names of the chip that answers with this code, one by one: `MT6765` and `MT8768`. The one that agent files list it
  /// under comes first.
  static func names(ofHardwareCode code: UInt16) -> [String] {
    guard let chip = named(byHardwareCode: code) else { return [] }
    let names = chip.names.split(separator: ",").compactMap { part in
      part.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).first { $0.hasPrefix("MT") }.map(String.init)
    }
    let listed = "MT" + String(chip.agentCode, radix: 16)
    return names.filter { $0 == listed } + names.filter { $0 != listed }
  }
}
