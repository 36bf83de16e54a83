import FlashImages

/// Shows and checks files that MediaTek boot ROMs and agents are given: agents, preloaders, memory settings,
/// certificates.
struct MediaTekReport {
  private let file: MediaTekFile
  private let path: String
  private let console: Console

  /// `nil` for a file that is none of these, which other readers may know.
  init?(path: String, console: Console) throws {
    guard let file = try MediaTekFile(path: path) else { return nil }
    self.file = file
    self.path = path
    self.console = console
  }

  /// Shows everything, odd things last.
  func inspect() throws {
    switch file {
    case .agents(let archive): try AgentText(archive, digests: AgentDigests(archive)).show(on: console)
    case .preloader(let preloader):
      PreloaderText.show(preloader, on: console)
      if let memory = preloader.memory { EMIText.show(memory, path: nil, on: console) }
    case .memory(let block, let path): EMIText.show(block, path: path, on: console)
    case .signed(let chain, let path, let count):
      console.result("\(path): \(chain.info.typeName), \(Units.bytes(count))")
      PreloaderText.showBlocks(chain, on: console)
      console.emit("signedFile", [(key: "file", value: .string(path))] + PreloaderText.members(chain))
    }
    for problem in problems { show(problem) }
  }

  /// Proves what can be proved: that lengths and places fit, and that second stages are those that first stages expect.
  func verify() throws {
    for problem in problems { show(problem) }
    if let first = problems.first(where: { $0.severity == .error }) {
      throw Diagnostic(
        code: "image.damaged", message: "\(path): \(first.text)", remedy: "get the file again", exitStatus: .badData,
        step: "check")
    }
    var proofs = ["structure"]
    if case .agents(let archive) = file {
      let digests = try AgentDigests(archive)
      let found = archive.entries.count { digests.algorithm(of: $0) != nil }
      if found > 0 { proofs.append("\(found) of \(archive.entries.count) second stages by their digest") }
    }
    console.result("\(path): good, checked: \(proofs.joined(separator: ", "))")
    console.event(
      "result",
      ["status": "done", "file": .string(path), "checked": .array(proofs.map(JSONValue.string))])
  }

  // MARK: What is odd

  private var problems: [MediaTekProblem] {
    switch file {
    case .agents(let archive): archive.remarks.map(MediaTekProblem.init)
    case .preloader(let file):
      file.remarks.map(MediaTekProblem.init) + (file.memory?.remarks ?? []).map(MediaTekProblem.init)
    case .memory(let block, _): block.remarks.map(MediaTekProblem.init)
    case .signed(let chain, _, let count):
      UInt64(chain.info.fileByteCount) == count ? [] : [.otherLength(stated: chain.info.fileByteCount, actual: count)]
    }
  }

  private func show(_ problem: MediaTekProblem) {
    console.event(
      "condition",
      [
        "code": .string(problem.code), "severity": .string(problem.severity.rawValue), "term": .string(problem.text),
      ])
    if problem.severity == .note {
      console.debug("\(path): \(problem.text)")
    } else {
      console.warning("\(path): \(problem.text)")
    }
  }
}
