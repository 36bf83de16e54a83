import FlashCore
import FlashImages
import Glibc
import WireFormat

/// Reads what a user named: folders, program and patch files, `contents.xml`, `flashmap.json`, archives.
struct QualcommPackageLoader {
  let options: PackageOptions
  private(set) var remarks: [PackageRemark] = []
  private var passes: [QualcommPackage.Pass] = []
  /// Program and patch files that were named one by one.
  private var loose = QualcommPackage.Pass(slot: 0, programs: [], patches: [], programmers: [])

  init(options: PackageOptions) { self.options = options }

  /// Everything that was loaded, files that were named one by one first.
  func finish() -> [QualcommPackage.Pass] { (loose.documents.isEmpty ? [] : [loose]) + passes }

  /// Loads one word of the command line; `false` when it is nothing of this family's.
  mutating func load(_ word: String, isFirst: Bool) throws(PackageError) -> Bool {
    let named = PackageSelector(word) { unsafe access($0, F_OK) == 0 }
    if Self.isFolder(named.path) { return try loadFolder(named) }
    let bytes: RegularFile
    do throws(ImageError) { bytes = try RegularFile(path: named.path) } catch {
      throw PackageError(.file(error), at: PackagePlace(path: named.path))
    }
    let document: PackageDocument
    do throws(PackageError) { document = try PackageDocument(reading: bytes) } catch {
      // Other families have XML descriptors too.
      if case .otherDocument(let name) = error.problem, isFirst, name.lowercased() != "configuration" { return false }
      throw error
    }
    let folder = PackagePath.folder(of: named.path)
    switch document {
    case .program(let file): try addLoose(file, in: folder)
    case .contents(let file): try add(file, in: folder, selector: named.selector)
    case .flashmap(let map):
      let files = try PackageFiles(base: folder, searchPaths: options.searchPaths)
      try add(map, files, selector: named.selector)
    case .archive: return try loadArchive(named)
    case .nandPartitions, .saharaConfig, .loader, .unknown:
      guard isFirst else { throw PackageError(.otherDocument("image"), at: PackagePlace(path: named.path)) }
      return false
    }
    return true
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  // MARK: Forms of packages

  private mutating func addLoose(_ file: ProgramFile, in folder: String) throws(PackageError) {
    let files = try PackageFiles(base: folder, root: folder + "/..", searchPaths: options.searchPaths)
    let document = QualcommPackage.Document(file: file, files: files, folders: ["."], contents: nil)
    remarks += file.remarks
    loose.add(document)
    guard loose.programmers.isEmpty else { return }
    loose.programmers = try ProgrammerSearch(files: files).programmers(for: loose)
  }

  private mutating func append(_ document: QualcommPackage.Document, to pass: inout QualcommPackage.Pass) {
    remarks += document.file.remarks
    pass.add(document)
  }

  private mutating func loadFolder(_ named: PackageSelector) throws(PackageError) -> Bool {
    let files = try PackageFiles(base: named.path, root: named.path + "/..", searchPaths: options.searchPaths)
    let names = files.names(in: ".")
    func has(_ name: String) -> String? { names.first { $0.lowercased() == name } }
    if named.selector == nil, try addFlat(files, names, path: named.path) { return true }
    if let name = has("contents.xml") { return try load(joined(named, name), isFirst: true) }
    if let name = has("flashmap.json") { return try load(joined(named, name), isFirst: true) }
    return false
  }

  private func joined(_ named: PackageSelector, _ name: String) -> String {
    PackagePath.join(named.path, name) + (named.selector.map { "::" + $0 } ?? "")
  }

  private mutating func loadArchive(_ named: PackageSelector) throws(PackageError) -> Bool {
    let files = try PackageFiles(archive: named.path, searchPaths: options.searchPaths)
    let names = files.names(in: ".")
    guard names.contains("flashmap.json") else {
      guard named.selector == nil else { throw PackageError(.noDescriptors, at: PackagePlace(path: named.path)) }
      return try addFlat(files, names, path: named.path)
    }
    guard case .flashmap(let map) = try read("flashmap.json", of: files, path: named.path) else {
      throw PackageError(.noDescriptors, at: PackagePlace(path: named.path))
    }
    try add(map, files, selector: named.selector)
    return true
  }

  /// A folder of descriptors with numbers; `false` without any.
  private mutating func addFlat(_ files: PackageFiles, _ names: [String], path: String) throws(PackageError) -> Bool {
    let chosen = FlatPackage(names: names)
    guard !chosen.programs.isEmpty else { return false }
    var pass = QualcommPackage.Pass(slot: 0, programs: [], patches: [], programmers: [])
    for name in chosen.programs + chosen.patches {
      append(try document(name, of: files, path: path, folders: ["."]), to: &pass)
    }
    pass.programmers = try ProgrammerSearch(files: files).programmers(for: pass)
    passes.append(pass)
    return true
  }

  private mutating func add(_ file: ContentsFile, in folder: String, selector: String?) throws(PackageError) {
    let files = try PackageFiles(base: folder, searchPaths: options.searchPaths)
    for selection in try file.select(selector) {
      var pass = QualcommPackage.Pass(
        memory: selection.storage, slot: 0, programs: [], patches: [], programmers: [])
      for kind in ["partition_file", "partition_patch_file"] {
        for entry in file.entries(kind, for: selection) {
          let own = PackagePath.folder(of: entry.path)
          let document = try document(
            entry.path, of: files, path: file.path, folders: [own], contents: (file, selection), place: entry.place)
          append(document, to: &pass)
        }
      }
      for entry in file.programmers(for: selection) {
        guard let found = try files.find(entry.path, in: ["."], named: entry.place) else { continue }
        pass.programmers.append(QualcommPackage.Programmer(id: nil, file: found))
      }
      passes.append(pass)
    }
  }

  private mutating func add(_ map: Flashmap, _ files: PackageFiles, selector: String?) throws(PackageError) {
    remarks += map.remarks
    let choice = try map.select(selector)
    let place = PackagePlace(path: map.path)
    var programmers: [QualcommPackage.Programmer] = []
    for programmer in choice.layout.programmers {
      guard let found = try files.find(programmer.path, in: ["."], named: place) else {
        throw PackageError(.missingFile(programmer.path), at: place)
      }
      programmers.append(QualcommPackage.Programmer(id: programmer.id, file: found))
    }
    for programmable in choice.programmables {
      var pass = QualcommPackage.Pass(
        memory: programmable.memory, slot: programmable.slot, programs: [], patches: [], programmers: programmers)
      for name in programmable.files {
        let own = PackagePath.folder(of: name)
        let document = try document(name, of: files, path: map.path, folders: own == "." ? ["."] : [own, "."])
        append(document, to: &pass)
      }
      passes.append(pass)
    }
  }

  // MARK: Reading descriptors of a package

  private func document(
    _ name: String, of files: PackageFiles, path: String, folders: [String],
    contents: (file: ContentsFile, selection: ContentsFile.Selection)? = nil, place: PackagePlace? = nil
  ) throws(PackageError) -> QualcommPackage.Document {
    let document = try read(name, of: files, path: path, place: place)
    guard case .program(let file) = document else {
      throw PackageError(.otherDocument(name), at: place ?? PackagePlace(path: path))
    }
    return QualcommPackage.Document(file: file, files: files, folders: folders, contents: contents)
  }

  private func read(
    _ name: String, of files: PackageFiles, path: String, place: PackagePlace? = nil
  ) throws(PackageError) -> PackageDocument {
    let place = place ?? PackagePlace(path: path)
    guard let found = try files.find(name, in: ["."], named: place) else {
      throw PackageError(.missingFile(name), at: place)
    }
    return try PackageDocument(reading: MemoryBytes(try found.content(), path: found.name))
  }
}
