/// Gives each file of a folder a name of its own: `kernel`, `kernel~2`, `kernel~3`.
///
/// Source: `docs/protocols/fiasco.md` 12.
struct FIASCOFileNames {
  private let isPortable: Bool
  private var taken: Set<String>
  /// The last number given out for a name, so that thousands of equal names cost no more than they must.
  private var numbers: [String: Int] = [:]

  init(isPortable: Bool, reserved: [String]) {
    self.isPortable = isPortable
    taken = []
    for name in reserved { taken.insert(key(name)) }
  }

  /// `name`, or the first of its numbered forms that is free.
  mutating func unique(_ name: String) -> String {
    guard !taken.insert(key(name)).inserted else { return name }
    var number = numbers[key(name), default: 1]
    var numbered = name
    repeat {
      number += 1
      numbered = name + "~\(number)"
    } while !taken.insert(key(numbered)).inserted
    numbers[key(name)] = number
    return numbered
  }

  private func key(_ name: String) -> String { isPortable ? name.lowercased() : name }
}
