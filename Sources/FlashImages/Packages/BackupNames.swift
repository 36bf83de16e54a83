/// File names for partitions: what the label says where a file system takes that, and never the same twice.
struct BackupNames {
  private var taken: Set<String>
  /// Labels that more than one section has, or one section twice.
  private let repeated: Set<String>

  init(_ sections: [BackupPackage.Section]) {
    var seen: [String: Int] = [:]
    for section in sections {
      for label in section.labels { seen[Self.key(label), default: 0] += 1 }
    }
    repeated = Set(seen.filter { $0.value > 1 }.keys)
    taken = Set(
      sections.flatMap { section in
        BackupPackage.WholeNames(section).all.map { $0.lowercased() + ".bin" }
      })
  }

  mutating func take(label: String, index: Int, section: UInt32) -> String {
    let plain = Self.safe(label)
    var stem = plain.isEmpty ? "part\(index)" : plain
    if repeated.contains(Self.key(label)) { stem += "_lun\(section)" }
    var name = stem + ".bin"
    var number = 2
    while !taken.insert(name.lowercased()).inserted {
      name = "\(stem)_\(number).bin"
      number += 1
    }
    return name
  }

  /// Labels that differ by case alone are one name on some file systems.
  private static func key(_ label: String) -> String { safe(label).lowercased() }

  static func safe(_ label: String) -> String {
    let text = String(
      label.map { character in
        character.isASCII && (character.isLetter || character.isNumber || "-_.+".contains(character)) ? character : "_"
      })
    return text.hasPrefix(".") ? "_" + text.dropFirst() : text
  }
}

extension BackupPackage.Section {
  /// Labels of its partitions, in the order of its table.
  public var labels: [String] {
    table?.partitions.map(\.entry.name) ?? flash?.partitions.map(\.label) ?? []
  }
}
