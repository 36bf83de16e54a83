import FlashCore
import FoundationEssentials
import Testing

@testable import flashctl

@Suite struct `The checked-in udev rules` {
  /// `FLASHCTL_RECORD=1 swift test --filter UdevRulesFileTests` writes the file anew, on purpose.
  @Test func `are what the tables say`() throws {
    let text = UdevRules.text(for: Families.all)
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "udev/70-flashctl.rules")
    if ProcessInfo.processInfo.environment["FLASHCTL_RECORD"] == "1" {
      try Data(text.utf8).write(to: file)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }
}
