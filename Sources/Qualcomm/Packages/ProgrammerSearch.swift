import FlashImages

/// Finds the programmer of a package that names none, by the names that vendors give them.
///
/// Source: `docs/protocols/qualcomm-packages.md` 1 and 9.
struct ProgrammerSearch {
  let files: PackageFiles

  /// The candidates that fit the storage that the descriptors are for; the reduced ones only when there is no other.
  func programmers(for pass: QualcommPackage.Pass) throws(PackageError) -> [QualcommPackage.Programmer] {
    let candidates = files.names(in: ".").filter(Self.isProgrammer)
    let whole = candidates.filter { !$0.lowercased().contains("lite") }
    var chosen = whole.isEmpty ? candidates : whole
    if let memory = Self.memory(of: pass) {
      let fitting = chosen.filter { Self.fits($0.lowercased(), memory) }
      if !fitting.isEmpty { chosen = fitting }
    }
    var programmers: [QualcommPackage.Programmer] = []
    for name in chosen {
      guard let file = try files.find(name, in: ["."], named: PackagePlace(path: name)) else { continue }
      programmers.append(QualcommPackage.Programmer(id: nil, file: file))
    }
    return programmers
  }

  private static func isProgrammer(_ name: String) -> Bool {
    let name = name.lowercased()
    guard [".elf", ".mbn", ".melf"].contains(where: name.hasSuffix) else { return false }
    return name.hasPrefix("prog_") && name.contains("firehose") || name.contains("devprg")
  }

  /// Names say for which storage a programmer is, where they say anything.
  private static func fits(_ name: String, _ memory: String) -> Bool {
    let named = ["emmc", "ufs", "nand", "nvme", "spinor"].filter { name.contains($0) }
    return named.isEmpty || named.contains(memory)
  }

  /// What sector sizes and attributes tell of the storage.
  static func memory(of pass: QualcommPackage.Pass) -> String? {
    let areas = pass.programs.flatMap { $0.file.programs.map(\.area) }
    if areas.contains(where: { $0.pagesPerBlock != nil }) { return "nand" }
    if areas.contains(where: { $0.sectorByteCount == 512 }) { return "emmc" }
    return areas.contains { $0.sectorByteCount == 4096 } ? "ufs" : nil
  }
}
