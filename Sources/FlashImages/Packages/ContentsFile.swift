import WireFormat

/// A `contents.xml`: builds, and which of their files make a device of which storage and flavour.
///
/// Paths are those of the file's own package: the folder of `contents.xml`, then the build's root, then the entry's.
/// Source: `docs/protocols/qualcomm-packages.md` 9.
public struct ContentsFile: Equatable, Sendable {
  /// A file that a build names.
  public struct Entry: Equatable, Sendable {
    /// `device_programmer`, `partition_file`, `partition_patch_file`, `download_file`, ….
    public var kind: String
    /// Relative to the folder of `contents.xml`.
    public var path: String
    /// `emmc`, `ufs`, …, in lower case; `nil` for all.
    public var storage: String?
    public var flavor: String?
    /// `true` for a `sahara_config`, `lite` for a reduced programmer.
    public var firehoseType: String?
    public var place: PackagePlace
  }

  /// A storage and a flavour that go together.
  public struct Selection: Hashable, Sendable, CustomStringConvertible {
    public var storage: String
    public var flavor: String?

    public var description: String { flavor.map { storage + "/" + $0 } ?? storage }
  }

  /// As the user named it.
  public let path: String
  public let entries: [Entry]
  /// What there is to choose from, in the order of the document.
  public let selections: [Selection]
  /// Phases that the vendor gives to storages: lower ones come first.
  public let phases: [String: Int]

  /// Files that a pair may be chosen by.
  private static let decidingKinds: Set<String> = ["partition_file", "partition_patch_file"]

  init(_ root: XMLElement, path: String) throws(PackageError) {
    self.path = path
    var entries: [Entry] = []
    for build in root.children(named: "builds_flat").flatMap({ $0.children(named: "build") }) {
      entries += try ContentsBuild(build, path: path).entries()
    }
    self.entries = entries
    selections = Self.selections(of: entries)
    phases = Self.phases(of: root)
  }

  private static func selections(of entries: [Entry]) -> [Selection] {
    var all: [Selection] = []
    for entry in entries where decidingKinds.contains(entry.kind) {
      guard let storage = entry.storage else { continue }
      let selection = Selection(storage: storage, flavor: entry.flavor)
      if !all.contains(selection) { all.append(selection) }
    }
    return all.filter { one in
      one.flavor != nil || !all.contains { $0.storage == one.storage && $0.flavor != nil }
    }
  }

  private static func phases(of root: XMLElement) -> [String: Int] {
    var phases: [String: Int] = [:]
    for chip in root.children(named: "product_info").flatMap({ $0.children(named: "chipid") }) {
      guard let storage = chip["storage_type"]?.lowercased(), let phase = chip["flash_phase"].flatMap({ Int($0) })
      else { continue }
      phases[storage] = phase
    }
    return phases
  }

  /// Entries of a kind that belong to a selection.
  public func entries(_ kind: String, for selection: Selection) -> [Entry] {
    entries.filter { entry in
      entry.kind == kind && (entry.storage == nil || entry.storage == selection.storage)
        && (entry.flavor == nil || entry.flavor == selection.flavor)
    }
  }

  /// Every entry of any kind for a selection whose file has that name; other entries' folders come after them.
  public func places(of fileName: String, for selection: Selection) -> [String] {
    let fitting = entries.filter { entry in
      (entry.storage == nil || entry.storage == selection.storage)
        && (entry.flavor == nil || entry.flavor == selection.flavor)
    }
    let own = fitting.filter { PackagePath.name(of: $0.path) == PackagePath.name(of: fileName) }.map(\.path)
    var seen = Set(own)
    let beside = fitting.map { PackagePath.join(PackagePath.folder(of: $0.path), fileName) }
    return own + beside.filter { seen.insert($0).inserted }
  }

  /// The files that hold a programmer for a selection, best first: multi-image lists, then whole programmers, then the
  /// older kind where there is no other. Reduced ones are chosen only when nothing else is there.
  public func programmers(for selection: Selection) -> [Entry] {
    let all = entries.filter { $0.storage == nil || $0.storage == selection.storage }
      .filter { $0.flavor == nil || $0.flavor == selection.flavor }
    let lists = all.filter { $0.firehoseType?.lowercased() == "true" }
    if !lists.isEmpty { return lists }
    let programmers = all.filter { $0.kind == "device_programmer" }
    let whole = programmers.filter { $0.firehoseType?.lowercased() != "lite" }
    if !whole.isEmpty { return whole }
    return programmers.isEmpty ? all.filter { $0.kind == "flash_programmer" } : programmers
  }
}
