public import FlashCore
import FlashImages

extension QualcommFamily {
  /// The programmers that started the device, and a `flashmap.json` that names them with the backup's descriptors: the
  /// folder is an installer package then. None when no loader was given.
  ///
  /// Source: `docs/protocols/qualcomm-packages.md` 10 and 14.
  public func companions(
    of descriptors: [String], from target: any FlashTarget, loaders: [String], avoiding taken: Set<String>
  ) async throws -> [StorageBackup.Companion] {
    guard !loaders.isEmpty, let target = target as? QualcommTarget else { return [] }
    let memory = try await target.programmerFacts().limits.memory.rawValue
    var names = Set(taken.map { $0.lowercased() })
    names.formUnion((descriptors + ["flashmap.json", "manifest.json"]).map { $0.lowercased() })
    var companions: [StorageBackup.Companion] = []
    var programmers: [Flashmap.Programmer] = []
    for image in try LoaderSet(loaders).images {
      let name = Self.name(for: image, &names)
      programmers.append(Flashmap.Programmer(id: image.id, path: name))
      companions.append(
        StorageBackup.Companion(name: name, image: try RandomAccessImageSource(image.bytes, range: image.range)))
    }
    let map = Flashmap.json(
      programmers: programmers,
      programmables: [Flashmap.Programmable(memory: memory, slot: 0, files: descriptors)])
    companions.append(
      StorageBackup.Companion(
        name: "flashmap.json", image: try RandomAccessImageSource(MemoryBytes(map, path: "flashmap.json"))))
    return companions
  }

  /// The file's own name where that is free; entries of archives go by their label.
  private static func name(for image: LoaderSet.Image, _ taken: inout Set<String>) -> String {
    let last = PackagePath.name(of: String(image.name.map { $0 == "#" ? "/" : $0 }))
    let plain = String(last.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.+".contains($0)) ? $0 : "_" })
    let stem = plain.isEmpty || plain.hasPrefix(".") ? "programmer" + plain : plain
    var name = stem
    var number = 2
    while !taken.insert(name.lowercased()).inserted {
      name = "programmer\(number)_" + stem
      number += 1
    }
    return name
  }
}
