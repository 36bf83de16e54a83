import FlashCore
import FlashImages

/// Says of a device's partition tables what its partitions do not show: which are damaged, and which sections have none.
struct PartitionTableReport {
  let console: Console

  func show(_ tables: PartitionTables) {
    for table in tables.tables {
      event(table.section, primary: GPTReport.word(table.disk.primary), backup: GPTReport.word(table.disk.backup))
      for finding in table.disk.findings { show(finding, of: table.section) }
    }
    for gap in tables.gaps { show(gap) }
    let without = tables.gaps.filter { $0.reason == .noTable }.map(\.section.name)
    if !without.isEmpty { console.result("without a partition table: sections \(without.joined(separator: ", "))") }
  }

  private func show(_ finding: GPTFinding, of section: StorageSection) {
    console.event(
      "condition",
      [
        "section": .string(section.name), "code": .string(finding.code), "severity": .string(finding.severity.rawValue),
        "term": .string(GPTText.sentence(finding)),
      ])
    let text = "section \(section.name): \(GPTText.sentence(finding))"
    if finding.severity == .note { console.debug(text) } else { console.warning(text) }
  }

  private func show(_ gap: PartitionTables.Gap) {
    switch gap.reason {
    case .noTable: event(gap.section, primary: "missing", backup: "missing")
    case .notLookedAt:
      event(gap.section, primary: nil, backup: nil)
      console.warning("section \(gap.section.name): its size is not known, so no partition table was looked for")
    case .damaged(let primary, let backup):
      event(gap.section, primary: Self.word(primary), backup: Self.word(backup))
      console.warning(
        "section \(gap.section.name): no partitions are shown, both tables are damaged; primary: "
          + "\(GPTText.sentence(primary)); backup: \(GPTText.sentence(backup))")
    }
  }

  private static func word(_ defect: GPTDefect) -> String { GPTReport.word(.damaged(defect)) }

  private func event(_ section: StorageSection, primary: String?, backup: String?) {
    console.event(
      "table",
      ["section": .string(section.name), "primary": .optional(primary), "backup": .optional(backup)])
  }
}
