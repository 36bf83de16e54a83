import FlashImages

/// Shows a scatter file on the console.
struct ScatterReport {
  private let file: ScatterFile
  /// Where files are looked for; `nil` where nobody asks for them.
  private let package: ScatterPackage?
  private let console: Console

  init(_ file: ScatterFile, package: ScatterPackage?, on console: Console) {
    self.file = file
    self.package = package
    self.console = console
  }

  /// One line that says what the file is, and what belongs to it.
  func showFile() {
    let scatter = file.scatter
    let words = [
      file.syntax == .list ? "list of an OTA package" : "\(file.syntax.rawValue) scatter",
      scatter.version?.text ?? "", scatter.platform.isEmpty ? "" : "for \(scatter.platform)",
      scatter.project.isEmpty ? "" : "project \(scatter.project)",
    ]
    console.result("\(file.path): " + words.filter { !$0.isEmpty }.joined(separator: ", "))
    if let agent = package?.agentPath { console.result("  agent: \(agent)") }
    for fact in (package?.download?.facts ?? []) + file.vendorFacts { console.debug("  \(fact.key): \(fact.value)") }
    for setting in scatter.settings { console.debug("  \(setting.key): \(setting.value)") }
    console.event(
      "scatter",
      [
        "file": .string(file.path), "syntax": .string(file.syntax.rawValue),
        "version": .optional(scatter.version?.text),
        "platform": .optional(scatter.platform.isEmpty ? nil : scatter.platform), "chip": .optional(scatter.chip),
        "project": .optional(scatter.project.isEmpty ? nil : scatter.project),
        "storages": .array(scatter.layouts.compactMap(\.storage).map { .string($0.rawValue) }),
        "agent": .optional(package?.agentPath), "settings": Self.object(scatter.settings),
        "vendorFacts": Self.object(file.vendorFacts),
      ])
  }

  private static func object(_ settings: [Scatter.Setting]) -> JSONValue {
    .object(settings.map { (key: $0.key, value: .string($0.value)) })
  }

  /// The entries of a layout, a line each.
  func show(_ map: ScatterMap, layout index: Int, sections: [ScatterSection: UInt64]) {
    let layout = map.layout
    console.result(
      "  \(layout.storage?.rawValue ?? "unknown storage"), blocks of \(Diagnostic.hex(layout.blockByteCount)) bytes, "
        + "\(layout.partitions.count) entries:")
    console.event(
      "layout",
      [
        "storage": .optional(layout.storage?.rawValue),
        "bootChannel": .optional(layout.bootChannel.isEmpty ? nil : layout.bootChannel),
        "blockSize": .unsigned(layout.blockByteCount), "partitions": .integer(Int64(layout.partitions.count)),
      ])
    let width = layout.partitions.map(\.name.count).max() ?? 0
    for placement in map.placements {
      let row = ScatterRow(
        placement, size: placement.sections.compactMap { sections[$0] }.first,
        line: file.line(layout: index, partition: placement.index), found: find(placement.partition))
      console.result("    " + row.text(nameWidth: width))
      console.emit("partition", row.members)
    }
  }

  /// The file of an entry; a name that is refused is said.
  private func find(_ partition: ScatterPartition) -> PackageFile? {
    do throws(ScatterError) { return try package?.find(partition) } catch {
      let diagnostic = Diagnostic(error)
      console.warning(diagnostic.message)
      console.event(
        "condition",
        [
          "code": .string(diagnostic.code), "severity": "error", "term": .string(diagnostic.message), "line": .null,
          "partition": .string(partition.name),
        ])
      return nil
    }
  }

  /// Something odd about the file, as a warning or a note.
  func show(_ remark: ScatterRemark) {
    condition(
      code: ScatterRemarkText.code(remark.oddity), severity: remark.oddity.isWarning ? .warning : .note,
      term: ScatterRemarkText.sentence(remark.oddity), line: remark.line, entry: remark.entry)
  }

  func show(_ finding: ScatterFinding, layout index: Int) {
    let partition = file.scatter.layouts[index].partitions[finding.index]
    condition(
      code: ScatterFindingText.code(finding.kind), severity: finding.severity,
      term: ScatterFindingText.sentence(finding.kind), line: file.line(layout: index, partition: finding.index),
      entry: partition.name)
  }

  /// Where a finding is, and what it says, for messages.
  func sentence(_ finding: ScatterFinding, layout index: Int) -> String {
    let line = file.line(layout: index, partition: finding.index).map { ":\($0)" } ?? ""
    let name = file.scatter.layouts[index].partitions[finding.index].name
    return "\(file.path)\(line): \(name): \(ScatterFindingText.sentence(finding.kind))"
  }

  private func condition(
    code: String, severity: ScatterFinding.Severity, term: String, line: Int?, entry: String?
  ) {
    console.event(
      "condition",
      [
        "code": .string(code), "severity": .string(severity.rawValue), "term": .string(term),
        "line": line.map { .integer(Int64($0)) } ?? .null, "partition": .optional(entry),
      ])
    let text = "\(file.path)\(line.map { ":\($0)" } ?? ""): \(entry.map { "\($0): " } ?? "")\(term)"
    if severity == .note { console.debug(text) } else { console.warning(text) }
  }
}
