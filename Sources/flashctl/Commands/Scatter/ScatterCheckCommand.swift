import ArgumentParser
import FlashImages

/// `flashctl scatter check`
struct ScatterCheckCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check a scatter file: places, sizes, files, checksums.",
    discussion: """
      Ends with status 65 when something that would be written does not fit, overlaps, is not aligned or differs from its \
      checksum, and with 66 when only files are missing. What would not be written gets warnings.
      """)

  @OptionGroup var options: ScatterFileOptions

  @Option(help: ArgumentHelp("Bytes of each of the device's boot sections.", valueName: "size"))
  var bootSize: ByteCountArgument?

  @Flag(help: "Warnings count as errors, and so do lines that mean nothing and entries that contradict each other.")
  var strict = false

  @Flag(help: "Check the layout alone, without the files that it names.")
  var layoutOnly = false

  @Flag(help: "Do not mind files that differ from scatter_checksum.xml.")
  var ignoreChecksum = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let package = try options.package(isStrict: strict)
    let report = ScatterReport(package.file, package: package, on: console)
    for remark in package.file.remarks { report.show(remark) }
    var files = try ScatterFileCheck(package, looksAtFiles: !layoutOnly, checksChecksums: !ignoreChecksum)
    var problems: [(finding: ScatterFinding, layout: Int)] = []
    var count = 0
    for index in try options.layouts(of: package.file) {
      let layout = package.file.scatter.layouts[index]
      count += layout.partitions.count
      if !layoutOnly { try files.look(at: layout) }
      for finding in findings(of: layout, files) + files.findings {
        report.show(finding, layout: index)
        if finding.severity == .error || strict && finding.severity == .warning { problems.append((finding, index)) }
      }
    }
    let warnings = package.file.remarks.filter(\.oddity.isWarning).count
    try require(problems, remarks: strict ? warnings : 0, report)
    console.result(
      "\(package.file.path): good, \(count) entries" + (layoutOnly ? "" : ", \(files.imageCount) files"))
    console.event(
      "result",
      [
        "status": "done", "file": .string(package.file.path), "partitions": .integer(Int64(count)),
        "files": layoutOnly ? .null : .integer(Int64(files.imageCount)),
        "checksums": layoutOnly ? .null : .integer(Int64(files.checksumCount)),
      ])
  }

  private func findings(of layout: ScatterLayout, _ files: ScatterFileCheck) -> [ScatterFinding] {
    var sections = options.sections(of: layout)
    if let bootSize, let storage = layout.storage {
      for section in storage.bootSections where section != storage.userSection {
        sections[section] = bootSize.byteCount
      }
    }
    let sector = options.sectorSize?.byteCount
    return ScatterCheck(
      ScatterMap(layout, sectorByteCount: sector), sections: sections, sectorByteCount: sector, images: files.images,
      missing: files.missing, namesFiles: layout.partitions.contains { $0.fileName != nil }
    ).findings
  }

  private func require(
    _ problems: [(finding: ScatterFinding, layout: Int)], remarks: Int, _ report: ScatterReport
  ) throws {
    guard let first = problems.first else {
      guard remarks > 0 else { return }
      throw Diagnostic(
        code: "scatter.odd", message: "\(options.path): \(remarks) warnings, and --strict",
        remedy: "correct the file, or leave --strict out", exitStatus: .badData, step: "check")
    }
    let onlyMissing = problems.allSatisfy { problem in
      if case .fileMissing = problem.finding.kind { true } else { false }
    }
    throw Diagnostic(
      code: onlyMissing ? "scatter.file-missing" : "scatter.defective",
      message: report.sentence(first.finding, layout: first.layout)
        + (problems.count > 1 ? " (and \(problems.count - 1) more)" : ""),
      remedy: onlyMissing
        ? "put the files beside the scatter file, or name their folder with --search-path"
        : "correct the scatter file or its images",
      exitStatus: onlyMissing ? .missingInput : .badData, step: "check")
  }
}
