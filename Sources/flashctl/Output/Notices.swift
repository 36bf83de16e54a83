/// The sentences for notices and warnings that sessions and plans raise by code.
enum Notices {
  static func level(_ code: String) -> Console.Level {
    debugOnly.contains(code) ? .debug : .warning
  }

  private static let debugOnly: Set<String> = []

  static func sentence(_ code: String, _ facts: [String: String]) -> String {
    func fact(_ name: String) -> String { facts[name] ?? "?" }
    switch code {
    case "mmc-without-layout":
      return "\(fact("subject")): sent without a layout, so the device does not learn how the eMMC is partitioned; "
        + "give one with --layout FILE"
    default:
      let details = facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return code.split(separator: "-").joined(separator: " ") + (details.isEmpty ? "" : " (\(details))")
    }
  }
}
