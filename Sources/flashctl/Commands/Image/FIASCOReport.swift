import FlashImages

/// Shows a container on the console, and remembers what is wrong with it.
final class FIASCOReport {
  let file: FIASCOFile
  private let console: Console
  private let mode: FIASCOFile.Mode
  private let progress: FileProgress
  private let endsWithDamage: Bool
  /// What the command will end with.
  private var damage: FIASCOFinding?

  /// `judging` is the mode whose rules decide how bad a finding is: that of reading, if it is not given.
  /// `endsWithDamage` keeps the first damage back for `finish`, which throws it.
  init(
    _ file: FIASCOFile, on console: Console, judging mode: FIASCOFile.Mode? = nil, endsWithDamage: Bool = true
  ) {
    self.file = file
    self.console = console
    self.endsWithDamage = endsWithDamage
    self.mode = mode ?? file.mode
    progress = FileProgress("check", total: file.images.reduce(0) { $0 + $1.availableByteCount }, console: console)
  }

  /// The container as a whole, and what was found while its headers were read.
  func showFile(forPeople: Bool = true) {
    if forPeople { console.result(FIASCOText.heading(file)) }
    console.emit("container", FIASCOText.members(file))
    for finding in file.findings { show(finding) }
  }

  func showImage(_ index: Int, hash: FIASCOFile.HashState?, sha256: String? = nil, forPeople: Bool = true) {
    let image = file.images[index]
    if forPeople {
      for line in FIASCOText.lines(image, number: index + 1, hash: hash, isVerbose: console.level >= .debug) {
        console.result(line)
      }
      if let sha256 { console.result("     SHA-256 \(sha256)") }
    }
    console.emit(
      "image",
      FIASCOText.members(image, number: index + 1, hash: hash) + [(key: "sha256", value: .optional(sha256))])
  }

  /// Reads the data of an image; a wrong hash is shown as a finding.
  func verifyHash(of index: Int) throws -> FIASCOFile.HashState {
    let state = try file.verifyHash(of: index) { progress.advance(to: $0) }
    progress.finishPart(file.images[index].availableByteCount)
    if let finding = file.finding(for: state, of: index) { show(finding) }
    return state
  }

  func show(_ finding: FIASCOFinding) {
    let severity = finding.severity(in: mode)
    console.event(
      "condition",
      [
        "code": .string(finding.code), "severity": .string(severity.rawValue), "term": .string(finding.term),
        "offset": .unsigned(finding.offset), "image": finding.image.map { .integer(Int64($0 + 1)) } ?? .null,
        "facts": .object(finding.facts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }),
      ])
    let text = FIASCOText.sentence(finding, in: file)
    if endsWithDamage, damage == nil, isDamage(finding) {
      damage = finding
    } else if severity == .note {
      console.debug(text)
    } else {
      console.warning(text)
    }
  }

  /// Throws the first finding that makes the file a damaged one.
  func finish() throws {
    progress.end()
    if let damage { throw damage.error(path: file.path) }
  }

  /// Errors by the rules of the mode, and images that are cut off or contradict themselves. Data behind the last image
  /// are odd, but many files carry padding there.
  private func isDamage(_ finding: FIASCOFinding) -> Bool {
    switch finding.condition {
    case .truncatedImageHeader, .misplacedPart: true
    default: finding.severity(in: mode) == .error
    }
  }
}
