import FlashImages

extension AgentChip {
  /// The names of the chip that answers with this code, one by one: `MT6765` and `MT8768`.
  static func names(ofHardwareCode code: UInt16) -> [String] {
    named(byHardwareCode: code)?.names.split(separator: ",").compactMap { part in
      part.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).first { $0.hasPrefix("MT") }.map(String.init)
    } ?? []
  }
}
