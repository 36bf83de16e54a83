import Qualcomm

extension Diagnostic {
  /// A plan from which no installer package can be made.
  init(_ error: InstallerError) {
    switch error {
    case .noProgrammer:
      self = .usage(
        "the package brings no programmer, and an installer needs one", remedy: "give it with --loader FILE")
    case .noMemory:
      self = .usage("the package does not say which storage it is for", remedy: "say so with --memory: ufs, emmc, …")
    case .nothingToWrite:
      self.init(
        code: "package.empty", message: "nothing to write is left", remedy: "choose more with --only",
        exitStatus: .badData)
    case .nameClash(let name):
      self.init(
        code: "package.name-clash", message: "two different files would be called \(name) in the archive",
        remedy: "rename one of them, and where a descriptor names it", exitStatus: .badData)
    case .unresolved(let step):
      self.init(
        code: "package.unresolved", message: "\(step): its sectors cannot be told without a device",
        remedy: "say how large its section is with --disk-sectors SECTION=SECTORS", exitStatus: .badData)
    }
  }
}
