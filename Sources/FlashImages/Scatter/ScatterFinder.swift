/// Finds the scatter file that a user means.
struct ScatterFinder {
  struct Found {
    var file: ScatterFile
    /// Nothing outside of it is opened; `nil` for the scatter's own folder.
    var root: String?
    var download: DownloadXML?
    var toolConfiguration: ToolConfiguration?
    var agentPath: String?
    /// The archive that all of it lies in, and the folder of the scatter file there; `nil` on disk.
    var archive: (files: PackageFiles, folder: String)?
  }

  let searchPaths: [String]
  let isStrict: Bool

  /// From a file: the scatter, or one that names it.
  func at(_ path: String, depth: Int) throws(ScatterError) -> Found {
    let folder = PackagePath.folder(of: path)
    switch try ScatterDocument(path: path, isStrict: isStrict) {
    case .scatter(let file): return Found(file: file)
    case .download(let download): return try through(download, at: path)
    case .toolConfiguration(let configuration):
      let files = try files(base: folder, root: nil)
      guard let name = configuration.scatter else { throw ScatterError(.missingKey("scatter"), path: path) }
      guard let scatter = try Self.find(name, in: files, PackagePlace(path: path)) else {
        throw ScatterError(.missingFile(name), path: path)
      }
      var found = Found(file: try ScatterFile(path: scatter.path, isStrict: isStrict))
      found.toolConfiguration = configuration
      if let agent = configuration.agent {
        found.agentPath = try Self.find(agent, in: files, PackagePlace(path: path))?.path
      }
      return found
    case .consoleConfiguration(let configuration):
      guard let name = configuration.downloadXML, depth == 0 else {
        throw ScatterError(.missingKey("flash-xml"), path: path)
      }
      let files = try files(base: folder, root: nil)
      let found = try files.finding(name, in: [".", "download_agent"], PackagePlace(path: path))
      guard let found else { throw ScatterError(.missingFile(name), path: path) }
      return try at(found.path, depth: 1)
    case .fuses: throw ScatterError(.otherDocument(.fuseXML), path: path)
    case .checksums: throw ScatterError(.otherDocument(.checksums), path: path)
    case .schema: throw ScatterError(.otherDocument(.schema), path: path)
    }
  }

  /// The scatter and the agent that a `flash.xml` names, which may lie beside its folder.
  private func through(_ download: DownloadXML, at path: String) throws(ScatterError) -> Found {
    let folder = PackagePath.folder(of: path)
    let root = PackagePath.join(folder == "." ? "./" : folder, "..")
    let files = try files(base: folder, root: root)
    guard let name = download.scatter else { throw ScatterError(.missingKey("scatter"), path: path) }
    guard let scatter = try Self.find(name, in: files, PackagePlace(path: path)) else {
      throw ScatterError(.missingFile(name), path: path)
    }
    var found = Found(file: try ScatterFile(path: scatter.path, isStrict: isStrict), root: root)
    found.download = download
    if let agent = download.agent { found.agentPath = try Self.find(agent, in: files, PackagePlace(path: path))?.path }
    return found
  }

  /// In a folder: `download_agent/flash.xml`, else its only XML scatter, else its only text scatter.
  func inFolder(_ folder: String) throws(ScatterError) -> Found {
    let download = PackagePath.join(folder, "download_agent/flash.xml")
    if HostPath.exists(download) { return try at(download, depth: 0) }
    let names = HostPath.names(in: folder).filter { name in
      let lower = name.lowercased()
      return lower.contains("scatter") && !lower.hasSuffix("_reserve_userdata.txt")
    }
    for suffix in [".xml", ".txt"] {
      let candidates = names.filter { $0.lowercased().hasSuffix(suffix) }.prefix(64).filter { name in
        let document = try? ScatterDocument(path: PackagePath.join(folder, name))
        return document?.kind == .scatter
      }
      guard candidates.count < 2 else { throw ScatterError(.severalDescriptors(Array(candidates)), path: folder) }
      if let only = candidates.first { return try at(PackagePath.join(folder, only), depth: 0) }
    }
    throw ScatterError(.noDescriptor, path: folder)
  }

  // MARK: Files

  func files(base: String, root: String?) throws(ScatterError) -> PackageFiles {
    do throws(PackageError) {
      return try PackageFiles(base: base, root: root, searchPaths: searchPaths)
    } catch {
      throw ScatterError(error, path: base)
    }
  }

  static func find(
    _ name: String, in files: PackageFiles, folder: String = ".", _ place: PackagePlace
  ) throws(ScatterError) -> PackageFile? {
    try files.finding(name, in: [folder], place)
  }
}

extension PackageFiles {
  /// `find`, with the errors of scatter files.
  func finding(
    _ name: String, in folders: [String], _ place: PackagePlace
  ) throws(ScatterError) -> PackageFile? {
    do throws(PackageError) { return try find(name, in: folders, named: place) } catch {
      throw ScatterError(error, path: place.path, entry: place.element)
    }
  }
}

extension ScatterError {
  /// The errors of looking for files, which packages of all vendors share.
  init(_ error: PackageError, path: String, entry: String? = nil) {
    let problem: ScatterProblem =
      switch error.problem {
      case .file(let error): .file(error)
      case .absolutePath(let name): .absolutePath(name)
      case .outsidePackage(let name): .outsidePackage(name)
      case .ambiguousName(let name, let candidates): .ambiguousFile(name, candidates: candidates)
      default: .missingFile(error.place.path)
      }
    self.init(problem, path: path, entry: entry)
  }
}
