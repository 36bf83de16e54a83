/// Packages as one ZIP archive: the scatter file lies anywhere in it, and its images beside it.
extension ScatterFinder {
  /// `download_agent/flash.xml`, else the only XML scatter, else the only text scatter.
  func inArchive(_ path: String) throws(ScatterError) -> Found {
    let files: PackageFiles
    do throws(PackageError) { files = try PackageFiles(archive: path, searchPaths: searchPaths) } catch {
      throw ScatterError(error, path: path)
    }
    let names = files.memberNames.filter { !$0.lowercased().hasSuffix("_reserve_userdata.txt") }
    let downloads = names.filter { ("/" + $0.lowercased()).hasSuffix("/download_agent/flash.xml") }
    if let download = try only(downloads, of: path) { return try through(download, in: files, path) }
    for suffix in [".xml", ".txt"] {
      var scatters: [(name: String, file: ScatterFile)] = []
      for name in names.filter({ Self.isCandidate($0, suffix) }).prefix(64) {
        guard case .scatter(let file)? = try? document(name, in: files, path) else { continue }
        scatters.append((name, file))
      }
      guard try only(scatters.map(\.name), of: path) != nil, let found = scatters.first else { continue }
      return Found(file: found.file, archive: (files, PackagePath.folder(of: found.name)))
    }
    throw ScatterError(.noDescriptor, path: path)
  }

  private static func isCandidate(_ name: String, _ suffix: String) -> Bool {
    let last = PackagePath.name(of: name).lowercased()
    return last.contains("scatter") && last.hasSuffix(suffix) && last != ScatterPackage.checksumFileName
  }

  private func only(_ names: [String], of path: String) throws(ScatterError) -> String? {
    guard names.count < 2 else { throw ScatterError(.severalDescriptors(names), path: path) }
    return names.first
  }

  private func through(_ name: String, in files: PackageFiles, _ path: String) throws(ScatterError) -> Found {
    guard case .download(let download) = try document(name, in: files, path) else {
      throw ScatterError(.otherDocument(.fuseXML), path: path + ":" + name)
    }
    let place = PackagePlace(path: path + ":" + name)
    guard let wanted = download.scatter else { throw ScatterError(.missingKey("scatter"), path: place.path) }
    let folder = PackagePath.folder(of: name)
    guard let scatter = try files.finding(wanted, in: [folder], place) else {
      throw ScatterError(.missingFile(wanted), path: place.path)
    }
    let document = try ScatterDocument(scatter, isStrict: isStrict)
    guard case .scatter(let file) = document else {
      throw ScatterError(.otherDocument(document.kind), path: scatter.name)
    }
    var found = Found(file: file, archive: (files, PackagePath.folder(of: scatter.member ?? wanted)))
    found.download = download
    if let agent = download.agent { found.agentPath = try files.finding(agent, in: [folder], place)?.name }
    return found
  }

  private func document(
    _ name: String, in files: PackageFiles, _ path: String
  ) throws(ScatterError) -> ScatterDocument {
    guard let file = try files.finding(name, in: ["."], PackagePlace(path: path)) else {
      throw ScatterError(.missingFile(name), path: path)
    }
    return try ScatterDocument(file, isStrict: isStrict)
  }
}

extension ScatterDocument {
  /// Reads a file of a package, on disk or in an archive.
  init(_ file: PackageFile, isStrict: Bool = false) throws(ScatterError) {
    guard file.byteCount <= ScatterFile.maximumByteCount else {
      throw ScatterError(.tooLarge(byteCount: file.byteCount, limit: ScatterFile.maximumByteCount), path: file.name)
    }
    let content: [UInt8]
    do throws(PackageError) { content = try file.content(limit: ScatterFile.maximumByteCount) } catch {
      throw ScatterError(error, path: file.name)
    }
    try self.init(parsing: content, path: file.name, isStrict: isStrict)
  }
}
