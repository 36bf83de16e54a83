/// Chooses the descriptors of a folder by their names, in the order in which they are worked through.
///
/// Source: `docs/protocols/qualcomm-packages.md` 15.
struct FlatPackage {
  let programs: [String]
  let patches: [String]

  init(names: [String]) {
    let descriptors = names.filter { $0.lowercased().hasSuffix(".xml") }.filter { !Self.isSpecial($0.lowercased()) }
    let all = descriptors.filter { $0.lowercased().hasPrefix("rawprogram") }
    // A folder that holds both forms of the same images holds them twice.
    let unsparse = all.filter { Self.isUnsparse($0) }
    let replaced = Set(unsparse.map { Self.number($0) })
    programs = Self.sorted(unsparse + all.filter { !Self.isUnsparse($0) && !replaced.contains(Self.number($0)) })
    patches = Self.sorted(descriptors.filter { $0.lowercased().hasPrefix("patch") })
  }

  private static func isUnsparse(_ name: String) -> Bool { name.lowercased().hasPrefix("rawprogram_unsparse") }

  /// Files for special occasions, which only their name may call up.
  private static func isSpecial(_ name: String) -> Bool {
    name.contains("_blank_gpt") || name.contains("_wipe_partitions") || name.hasPrefix("wipe_rawprogram")
      || name.hasPrefix("erase") || name.drop { !$0.isNumber }.drop { $0.isNumber }.hasPrefix("_upgrade")
  }

  /// The number at the end of the name; 0 where there is none.
  private static func number(_ name: String) -> UInt64 {
    let stem = name.dropLast(4)
    let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
    return UInt64(String(digits)) ?? (digits.isEmpty ? 0 : .max)
  }

  private static func sorted(_ names: [String]) -> [String] {
    names.sorted { (number($0), $0.lowercased(), $0) < (number($1), $1.lowercased(), $1) }
  }
}
