extension ContentsFile {
  /// What a selector chooses, in its order: `STORAGE`, `FLAVOUR` or `STORAGE/FLAVOUR`, several after commas. Without one
  /// the only selection there is; where the vendor numbers phases, the storages of all of them, in that order.
  public func select(_ text: String?) throws(PackageError) -> [Selection] {
    guard let text else { return try only() }
    var chosen: [Selection] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let selection = try select(word: String(word), of: text)
      guard !chosen.contains(where: { $0.storage == selection.storage }) else {
        throw error(.repeatedStorage(selection.storage))
      }
      chosen.append(selection)
    }
    return chosen
  }

  private func only() throws(PackageError) -> [Selection] {
    guard !selections.isEmpty else { throw error(.noDescriptors) }
    if selections.count == 1 { return selections }
    let storages = Set(selections.map(\.storage))
    // One selection a storage, and every storage has its place in the vendor's order.
    guard storages.count == selections.count, storages.allSatisfy({ phases[$0] != nil }) else {
      throw error(.ambiguousSelector(nil, choices: selections.map(\.description)))
    }
    return selections.sorted { (phases[$0.storage] ?? 0) < (phases[$1.storage] ?? 0) }
  }

  private func select(word: String, of text: String) throws(PackageError) -> Selection {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw error(.emptySelector(text)) }
    let matches = selections.filter { selection in
      if parts.count == 2 { return selection.storage == parts[0].lowercased() && selection.flavor == parts[1] }
      return selection.storage == parts[0].lowercased() || selection.flavor == parts[0]
    }
    guard let match = matches.first else {
      throw error(.unknownSelector(word, choices: selections.map(\.description)))
    }
    guard matches.count == 1 else {
      throw error(.ambiguousSelector(word, choices: matches.map(\.description)))
    }
    return match
  }

  private func error(_ problem: PackageProblem) -> PackageError { PackageError(problem, at: PackagePlace(path: path)) }
}
