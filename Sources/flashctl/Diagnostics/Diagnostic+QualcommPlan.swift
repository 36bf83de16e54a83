import FlashImages
import Qualcomm

extension Diagnostic {
  /// A package from which no plan was made. Nothing has been sent.
  init(_ error: QualcommPlanError) {
    self = Self.translate(error)
    step = step ?? "plan"
  }

  private static func translate(_ error: QualcommPlanError) -> Diagnostic {
    switch error {
    case .package(let error): Diagnostic(error)
    case .image(let error, let place): Diagnostic(error).at(place)
    case .missingFiles(let files): missing(files)
    case .fileTooLarge(let file, let count, let room, let place):
      bad(
        "file-too-large", "\(place): \(file) has \(count) bytes, and the entry has room for \(room)",
        "get the right file, or write only its beginning with --allow-truncate")
    case .expandsBeyond(let file, let room, let place):
      bad(
        "file-too-large", "\(file) unpacks to more than the \(room) bytes that there is room for",
        "check that it is the right file for this device (`flashctl partitions`)"
      ).at(place)
    case .offsetBehindFile(let file, let count, let offset, let place):
      bad(
        "offset", "\(place): file_sector_offset leads to byte \(offset) of \(file), which has \(count)",
        "get the right file, or correct the offset")
    case .notSparse(let file, let place):
      bad(
        "not-sparse", "\(place): sparse=\"true\", and \(file) is no sparse image nor as long as the entry",
        "get the right file, or write it as it is with --raw")
    case .sparseUnaligned(let file, let offset, let size, let place):
      bad(
        "sparse-unaligned",
        "\(place): \(file) has data that begin or end inside a sector of \(size) bytes, at byte \(offset)",
        "convert the image: `flashctl image unsparse`, then `flashctl image sparse`")
    case .sparseOffset(let file, let place):
      bad(
        "sparse-offset", "\(place): file_sector_offset with the sparse image \(file) means nothing",
        "expand the image with `flashctl image unsparse`")
    case .noSectorSize(let place):
      bad(
        "no-sector-size", "\(place): no SECTOR_SIZE_IN_BYTES, and numbers that need one",
        "add the attribute: 512 for eMMC, 4096 for UFS")
    case .expression(let text, let error, let place):
      bad("expression", "\(place): “\(text)” \(ExpressionText.sentence(error))", expressionRemedy(error))
    case .outside(let section, let count, let place):
      bad(
        "outside", "\(place): reaches beyond section \(section), which has \(count) sectors",
        "get the package for this device's storage")
    case .patchOutsideFile(let file, let count, let place):
      bad(
        "patch-outside-file", "\(place): reaches over the end of \(file), which has \(count) bytes",
        "get the package again, or correct the number in the descriptor")
    case .diskTooSmall(let partition, let first, let lastUsable, let place):
      bad(
        "disk-too-small",
        "\(place): no room for \(partition), which begins at sector \(first): sector \(lastUsable) would be the last one",
        "give the size of the real disk with --sectors, or use the package for that disk")
    case .overlap(let section, let first, let second):
      bad(
        "overlap", "\(first) and \(second) write the same sectors of section \(section)",
        "leave one out with --skip, or let the later one win with --allow-overlap")
    default: consent(error)
    }
  }

  private static func expressionRemedy(_ error: DiskExpressionError) -> String {
    switch error {
    case .unknownSectorCount: "say how large the section is with --disk-sectors SECTION=SECTORS"
    default: "correct the number in the descriptor"
    }
  }

  /// What waits for a word of the user.
  private static func consent(_ error: QualcommPlanError) -> Diagnostic {
    switch error {
    case .protected(let names):
      return bad(
        "protected", "\(names.joined(separator: ", ")): data that only this one device has would be lost",
        "leave them out with --skip \(names.joined(separator: ",")), or allow it with --allow-protected", .usage)
    case .protectedRegions(let names):
      return bad(
        "protected", "\(names.joined(separator: ", ")): data that only this one device has would be lost",
        "save it with `flashctl backup`, and allow it with --allow-protected if you are sure", .usage)
    case .fusingRegions(let names):
      return bad(
        "fusing", "\(names.joined(separator: ", ")): burns fuses on some products, which nothing undoes",
        "allow it with --allow-fusing if you are sure", .usage)
    case .fusing(let names):
      return bad(
        "fusing", "\(names.joined(separator: ", ")): burns fuses on some products, which nothing undoes",
        "leave it out with --skip \(names.joined(separator: ",")), or allow it with --allow-fusing", .usage)
    case .fullErase(let place):
      return bad("full-erase", "\(place): erases a whole drive", "allow it with --allow-full-erase", .usage)
    case .command(let name, let place):
      return bad(
        "command", "\(place): <\(name)> is a command to a programmer, and no part of a package",
        "remove it, or send the file with `flashctl qcom firehose xml`")
    case .provisioning(let path):
      return bad(
        "provisioning", "\(path): changes how the storage is divided, for good",
        "flash the package without it; provisioning is a command of its own under `flashctl qcom firehose`", .usage)
    case .unknownLabels(let labels, let known):
      return bad(
        "unknown-label", "no entry is called \(labels.joined(separator: ", "))",
        "choose from: " + known.joined(separator: ", "), .usage)
    case .severalProgrammers(let names):
      return bad(
        "several-programmers", "the package holds several programmers: \(names.joined(separator: ", "))",
        "say which with --loader FILE", .usage)
    case .emptyImage(let file, let region):
      return bad(
        "empty-image", "\(file): empty, so that there is nothing to write to \(region)",
        "check where the file comes from, or erase the region with `flashctl erase`")
    case .badRegion(let text):
      return bad("bad-region", "“\(text)” is no region", "examples: boot_a, 0/boot, 0/34s+2048s", .usage)
    default: return Diagnostic(code: "plan", message: "\(error)", exitStatus: .internalError)
    }
  }

  private static func missing(_ files: [QualcommPlanError.Missing]) -> Diagnostic {
    let shown = files.prefix(8).map { "\($0.place) names “\($0.file)”" }.joined(separator: "; ")
    let rest = files.count > 8 ? "; and \(files.count - 8) more" : ""
    return Diagnostic(
      code: "plan.missing-files", message: "missing: " + shown + rest,
      remedy: "name their folder with --search-path, or leave these entries out with --allow-missing",
      exitStatus: .missingInput)
  }

  private static func bad(
    _ code: String, _ message: String, _ remedy: String, _ status: ExitStatus = .badData
  ) -> Diagnostic {
    Diagnostic(code: "plan." + code, message: message, remedy: remedy, exitStatus: status)
  }

  private func at(_ place: PackagePlace?) -> Diagnostic {
    guard let place else { return self }
    var copy = self
    copy.message = "\(place): \(message)"
    return copy
  }
}
