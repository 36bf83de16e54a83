import Glibc

/// The open files of all processes, as /proc shows them to this one.
struct OpenFiles {
  let proc: String

  init(proc: String) { self.proc = proc }

  /// The processes that have one of `nodes` open, except this one.
  func holders(of nodes: Set<String>) -> DeviceHolders {
    var holders = DeviceHolders()
    for processID in processIDs() where processID != getpid() {
      guard let descriptors = SmallFile.names(in: "\(proc)/\(processID)/fd") else {
        // Gone in the meantime, or another user's.
        if SmallFile.exists("\(proc)/\(processID)") { holders.hiddenProcessCount += 1 }
        continue
      }
      let links = Set(descriptors.compactMap { SmallFile.linkTarget("\(proc)/\(processID)/fd/\($0)") })
      for node in links.intersection(nodes).sorted() {
        holders.processes.append(DeviceHolder(processID: processID, command: command(processID), node: node))
      }
    }
    return holders
  }

  /// The name of a process; `?` when it is gone.
  func command(_ processID: Int32) -> String { SmallFile.line(at: "\(proc)/\(processID)/comm") ?? "?" }

  private func processIDs() -> [Int32] { (SmallFile.names(in: proc) ?? []).compactMap { Int32($0) }.sorted() }
}
