extension Flashmap {
  /// A layout, and the storages of it that are wanted.
  public struct Choice: Equatable, Sendable {
    public var layout: Layout
    public var programmables: [Programmable]
  }

  /// What a selector chooses: `LAYOUT`, `LAYOUT/STORAGE[,STORAGE]` or `STORAGE[,STORAGE]`.
  public func select(_ text: String?) throws(PackageError) -> Choice {
    let (name, storages) = try parts(text)
    let layout = try layout(named: name)
    var chosen = layout.programmables
    for storage in storages where !chosen.contains(where: { $0.memory == storage }) {
      throw error(.unknownSelector(storage, choices: chosen.map(\.memory)))
    }
    if !storages.isEmpty { chosen = chosen.filter { storages.contains($0.memory) } }
    guard chosen.contains(where: { !$0.files.isEmpty }) else { throw error(.noDescriptors) }
    return Choice(layout: layout, programmables: chosen)
  }

  private func parts(_ text: String?) throws(PackageError) -> (layout: String?, storages: [String]) {
    guard let text else { return (nil, []) }
    var rest = text[...]
    var name: String?
    if let slash = text.firstIndex(of: "/") {
      name = String(text[..<slash])
      rest = text[text.index(after: slash)...]
    }
    let words = rest.split(separator: ",", omittingEmptySubsequences: false)
    guard name != "", words.allSatisfy({ !$0.isEmpty }) else { throw error(.emptySelector(text)) }
    if name == nil, words.count == 1, !PackageSelector.isStorage(words[0]) { return (String(words[0]), []) }
    for word in words where !PackageSelector.isStorage(word) {
      throw error(.unknownSelector(String(word), choices: PackageSelector.storages))
    }
    return (name, words.map { $0.lowercased() })
  }

  private func layout(named name: String?) throws(PackageError) -> Layout {
    let choices = layouts.map(\.name)
    guard let name else {
      guard layouts.count == 1 else {
        throw error(layouts.isEmpty ? .noDescriptors : .ambiguousSelector(nil, choices: choices))
      }
      return layouts[0]
    }
    let matches = layouts.filter { $0.name == name }
    guard let match = matches.first else { throw error(.unknownSelector(name, choices: choices)) }
    guard matches.count == 1 else { throw error(.ambiguousSelector(name, choices: choices)) }
    return match
  }

  private func error(_ problem: PackageProblem) -> PackageError { PackageError(problem, at: PackagePlace(path: path)) }
}
