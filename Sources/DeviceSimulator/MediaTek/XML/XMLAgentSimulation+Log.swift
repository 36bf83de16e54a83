import MediaTek
import WireFormat

/// The agent's own log, over USB once SET-RUNTIME-PARAMETER has said so. Source: `docs/protocols/mtk-xml.md` 7.1.
extension XMLAgentSimulation {
  /// Takes `log_channel` and `da_log_level`. What names neither channel changes nothing.
  mutating func setLog(_ text: XMLAgentText) {
    guard let channel = text.value("log_channel").flatMap({ XMLAgentCommand.LogChannel(rawValue: $0) }) else { return }
    let level = text.value("da_log_level").flatMap { XMLAgentCommand.LogLevel(rawValue: $0) } ?? .info
    loggedLevel = channel == .uart ? nil : level
  }

  /// A line, where the host wants lines of its weight.
  mutating func logLine(_ level: XMLAgentCommand.LogLevel, _ line: String) {
    let levels = XMLAgentCommand.LogLevel.allCases
    guard let wanted = loggedLevel, let least = levels.firstIndex(of: wanted),
      let weight = levels.firstIndex(of: level),
      weight >= least, !isUnplugged
    else { return }
    sayLog("[agent] " + line.prefix(200) + "\n")
  }

  /// Lines that no command is the reason for: the quirks'.
  mutating func sayLog() {
    for _ in 0..<(quirks.logsEndlessly ? 5000 : 1) { sayLog("[agent] \(commandCount)\n") }
  }

  /// Header and priority in one transfer, the text in the next.
  private mutating func sayLog(_ line: String) {
    let text = Array(line.utf8)
    var first = XMLAgentFrame(.log, byteCount: UInt32(4 + text.count)).bytes
    first.append(littleEndian: 3 as UInt32)
    put(first, delay: .zero)
    put(text, delay: .zero)
  }
}
