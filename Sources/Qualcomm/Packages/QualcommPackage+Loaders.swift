import FlashImages

extension QualcommPackage {
  /// The loader that the package brings, in the words of `--loader`, with the files that must be taken out of an archive
  /// first; none when it brings none.
  ///
  /// Throws `QualcommPlanError.severalProgrammers` where several could be meant.
  public func programmers() throws(QualcommPlanError) -> [Programmer] {
    for pass in passes where !pass.programmers.isEmpty {
      let found = pass.programmers
      guard found.count == 1 || found.allSatisfy({ $0.id != nil }) else {
        // Every entry that names the same file is one candidate.
        let names = Set(found.map(\.file.name))
        guard names.count == 1 else { throw .severalProgrammers(names.sorted()) }
        return [found[0]]
      }
      return found
    }
    return []
  }
}
