import FlashImages

/// Shows and checks a loader, which needs no device.
struct LoaderReport {
  private let loader: LoaderFile
  private let console: Console

  /// `nil` for a file that is none, which other readers may know.
  init?(path: String, console: Console) throws {
    loader = try LoaderFile(path: path)
    self.console = console
    if case .other = loader.kind { return nil }
  }

  /// Shows everything; throws at the end when segments differ from their hashes.
  func inspect() throws {
    let root = try LoaderDigests.root(of: loader)
    let segments = try LoaderDigests.segments(of: loader)
    console.emit("loader", LoaderText.members(loader) + SignatureText.members(segments, root: root))
    console.result(LoaderText.heading(loader))
    for line in LoaderText.lines(loader) + SignatureText.lines(loader, root: root) + SignatureText.lines(segments) {
      console.result(line)
    }
    for remark in loader.remarks { console.result("  " + LoaderText.sentence(remark)) }
    try require(segments)
  }

  /// Checks what can be checked without a device: structure, and the hashes of what is signed.
  func verify() throws {
    let segments = try LoaderDigests.segments(of: loader)
    try require(segments)
    var proofs = ["structure"]
    if case .compared(let count, _) = segments { proofs.append("\(count) hashes") }
    console.result("\(loader.path): good, checked: \(proofs.joined(separator: ", "))")
    for remark in loader.remarks { LoaderText.show(remark, of: loader.path, on: console) }
    console.event(
      "result",
      ["status": "done", "file": .string(loader.path), "checked": .array(proofs.map(JSONValue.string))])
  }

  private func require(_ segments: LoaderDigests.Segments) throws {
    guard case .compared(let count, let damaged) = segments, !damaged.isEmpty else { return }
    throw Diagnostic(
      code: "loader.damaged",
      message: "\(loader.path): \(damaged.count) of \(count) segments differ from what was signed",
      remedy: "get the file again; a chip that checks signatures refuses this one", exitStatus: .badData,
      step: "check the loader")
  }
}
