import FlashImages

extension QualcommPackage {
  /// The loaders that the package brings, in the words of `--loader`; none when it brings none.
  ///
  /// Throws `QualcommPlanError.severalProgrammers` where several could be meant.
  public func loaders() throws(QualcommPlanError) -> [String] {
    for pass in passes where !pass.programmers.isEmpty {
      let found = pass.programmers
      if found.count > 1, !found.allSatisfy({ $0.id != nil }) {
        // Every entry that names the same file is one candidate.
        let names = Set(found.map(\.file.name))
        guard names.count == 1 else { throw .severalProgrammers(names.sorted()) }
        return [found[0].file.name]
      }
      return found.map { programmer in programmer.id.map { "\($0):" + programmer.file.name } ?? programmer.file.name }
    }
    return []
  }
}
