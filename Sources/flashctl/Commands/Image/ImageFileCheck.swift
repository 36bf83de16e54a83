import FlashImages

/// Proves what can be proved of an image file that is no FIASCO container.
struct ImageFileCheck {
  private let file: ImageFile
  private let console: Console
  private let mode: SparseImageSource.Mode

  /// `nil` for a FIASCO container, and for content that nothing is known about: its reader says what it should be.
  init?(path: String, options: ImageFile.Options, console: Console) throws {
    guard try !ImageFileReport.isContainer(path) else { return nil }
    file = try ImageFile(path: path, options: options)
    self.console = console
    mode = options.mode
    guard file.compression != nil || file.sparse != nil || file.content.kind != nil else { return nil }
  }

  func run() throws {
    let progress = FileProgress("check", total: file.fileByteCount, console: console)
    defer { progress.end() }
    var proofs: [String] = []
    var size = file.source.byteCount
    if file.compression != nil { proofs.append("compression") }
    if let sparse = file.sparse {
      let summary = try SparseCheck(mode: mode).run(sparse) { progress.advance(to: $0) }
      for note in summary.notes { SparseReport.show(note, of: file.path, on: console) }
      proofs.append(summary.verifiedChecksumCount > 0 ? "sparse chunks and checksums" : "sparse chunks")
    } else {
      size = try file.measured { progress.advance(to: $0) }.source.byteCount
    }
    if file.compression == nil, file.sparse == nil, file.content.kind == .gpt, try checkPartitionTable() {
      proofs.append("partition table")
    }
    console.result(
      "\(file.path): "
        + (proofs.isEmpty ? "nothing in it can be checked" : "good, checked: \(proofs.joined(separator: ", "))")
        + (size.map { ", \(Units.bytes($0))" } ?? ""))
    console.event(
      "result",
      [
        "status": "done", "file": .string(file.path), "checked": .array(proofs.map(JSONValue.string)),
        "expandedBytes": size.map(JSONValue.unsigned) ?? .null,
      ])
  }

  /// Tables in files of their own are valid when they can be read; disks have to be right in both copies.
  private func checkPartitionTable() throws -> Bool {
    let bytes = try RegularFile(path: file.path)
    if let table = try? GPTFile(reading: bytes), table.isAlone(in: file.fileByteCount) { return true }
    let report = GPTReport(path: file.path, console: console)
    try report.requireSound(try GPTDisk(reading: bytes))
    return true
  }
}
